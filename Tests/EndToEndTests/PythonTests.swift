import TestSupport
import Testing

/// What people do from Python: our client in one file, safetensors, torch.
@Suite(.enabled(if: Program.isBuilt, "\(Program.absent)"))
struct PythonTests {
  private static func has(_ modules: String) -> Bool {
    (try? Spawned.run(["python3", "-c", "import \(modules)"]).status) == 0
  }

  /// A program that ends with what it found wrong, in its errors.
  private func run(_ program: String, _ service: RunningService, in folder: String) throws {
    let run = try Spawned.run(
      ["python3", "-c", program], environment: ["MATQUAY_URL": service.url], in: folder)
    #expect(run.status == 0, "\(run.output)\n\(run.errors)")
  }

  @Test(.enabled(if: has("numpy"), "numpy is not there"))
  func theClientGetsArraysJobsAndProblems() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(data: folder.path + "/data")
    let program = """
      import numpy, os, urllib.request
      text = urllib.request.urlopen(os.environ["MATQUAY_URL"] + "/client.py").read()
      open("matquay_client.py", "wb").write(text)
      from matquay_client import Client, MatquayError
      client = Client()
      gradient = numpy.random.default_rng(0).standard_normal((40, 30)).astype(numpy.float32)
      dual = client.dualize(gradient, method="exact")["dual"]
      assert dual.dtype == numpy.float32 and dual.shape == (40, 30)
      values = numpy.linalg.svd(dual.astype(float), compute_uv=False)
      assert values.max() / values.min() < 1 + 1e-5, values
      matrix = numpy.outer(range(1, 9), range(2, 10)).astype(float)
      result = client.submit("blast", {"matrix": matrix}, blocks=2, rank=1).result(timeout=60)
      U, S, V = (result[name] for name in "USV")
      blocks = numpy.einsum("ipr,ijr,jqr->ipjq", U.reshape(2, 4, -1), S, V.reshape(2, 4, -1))
      assert numpy.allclose(blocks.reshape(8, 8), matrix)
      try:
          client.dualize(numpy.array([[1.0, numpy.nan]]))
          raise SystemExit("a NaN was taken")
      except MatquayError as error:
          assert error.status == 422 and error.errors[0]["pointer"].startswith("/inputs"), error
      """
    try run(program, service, in: folder.path)
  }

  @Test(.enabled(if: has("torch, safetensors"), "torch is not there"))
  func torchRunsOnTheFactorsAsTheReadmeSays() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(data: folder.path + "/data")
    let command = try #require(ReadmeTests.blocks.first { $0.contains("-o factors.safetensors") })
    let script = """
      set -euo pipefail
      ln -s '\(PackageFiles.path("deploy"))' deploy
      \(ReadmeTests.command(command, port: service.port))
      """
    let made = try Spawned.run(["bash", "-c", script], in: folder.path)
    try #require(made.status == 0, "\(made.errors)")
    let lines = try #require(ReadmeTests.blocks(of: "python").first)
    let program =
      lines + """

        import json, os, urllib.request
        weights = load_file("deploy/examples/minilm-grads-small.safetensors")[name]
        error = float((linear(torch.eye(384)).T - weights).norm() / weights.norm())
        body = json.dumps({"params": {"keep": 0.5, "blocks": 4},
                           "inputs": {"matrix": weights.tolist()}}).encode()
        request = urllib.request.Request(
            os.environ["MATQUAY_URL"] + "/v1/algorithms/blast/execution", body,
            {"Content-Type": "application/json", "Prefer": "wait=30"})
        told = json.load(urllib.request.urlopen(request))["report"]["relative_error"]
        assert abs(error - told) < 0.02 * told < 0.02, (error, told)
        """
    try run(program, service, in: folder.path)
  }
}
