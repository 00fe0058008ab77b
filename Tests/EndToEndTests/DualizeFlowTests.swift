import HTTPClient
import JSON
import Tensors
import TestSupport
import Testing

private let safetensors = "application/vnd.safetensors"

@Suite(.enabled(if: Program.isBuilt, "\(Program.absent)"))
struct DualizeFlowTests {
  @Test func gradientsGoInAndUpdatesComeOut() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(data: folder.path + "/data")
    let first = try service.send(
      "POST", "/v1/algorithms/dualize/execution",
      fields: [("Content-Type", safetensors), ("Accept", safetensors)],
      body: .file(Example.path))
    try #require(first.status == 200, "\(first.text)")
    let (outputs, metadata) = try Safetensors.read(SharedBytes(first.body))
    let inputs = try Safetensors.read(SharedBytes(FileBytes.read(Example.path))).tensors
    for (name, tensor) in inputs where tensor.elementType.isFloating {
      let update = try #require(outputs[name], "no update for \(name)")
      #expect(update.shape == tensor.shape)
      #expect(update.elementType == tensor.elementType)
      #expect(update.firstNonFinite() == nil)
    }
    #expect(outputs[Example.integers] == nil)
    let report = try #require(metadata["report"])
    #expect(report.contains(Example.integers), "the integer tensor is not named as skipped")
    // A square Linear layer's update is a partial isometry: its singular values are 1 or 0.
    let update = try #require(outputs[Example.weight]).float32Values()
    let defect = Example.isometryDefect(of: update, side: 384, rows: 16)
    // float32 entries of size ≤ 1, products of 384 terms: 384 · 2⁻²⁴ · √384 ≈ 5e-4 at worst.
    #expect(defect < 5e-4)
  }

  @Test func theSameQuestionAgainIsAnsweredFromTheCache() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(data: folder.path + "/data")
    func ask() throws -> ClientReply {
      try service.send(
        "POST", "/v1/algorithms/dualize/execution",
        fields: [("Content-Type", safetensors), ("Accept", safetensors)],
        body: .file(Example.path))
    }
    let first = try ask()
    let second = try ask()
    #expect(first["Cache-Status"]?.contains("hit") != true)
    #expect(second["Cache-Status"]?.hasPrefix("matquay; hit") == true)
    #expect(second["Age"] != nil)
    let isSame = first.body == second.body
    #expect(isSame, "the cached answer has other bytes")
    // Also after a restart: the cache is durable.
    service.process.send(15)
    #expect(service.process.wait() == 0)
    let later = try RunningService(data: folder.path + "/data")
    let third = try later.send(
      "POST", "/v1/algorithms/dualize/execution",
      fields: [("Content-Type", safetensors), ("Accept", safetensors)],
      body: .file(Example.path))
    #expect(third["Cache-Status"]?.hasPrefix("matquay; hit") == true)
    let isKept = third.body == first.body
    #expect(isKept, "the answer after the restart has other bytes")
  }

  @Test func theCommandWithoutAServiceGivesTheSameNumbers() throws {
    let folder = try TemporaryFolder()
    let local = folder.path + "/updates.safetensors"
    let run = try Program.run([
      "run", "dualize", Example.path, "-o", local, "--params", Example.rules,
    ])
    try #require(run.status == 0, "\(run.errors)")
    let service = try RunningService(data: folder.path + "/data")
    let submitted = folder.path + "/submitted.safetensors"
    let submit = try Program.run([
      "submit", "dualize", Example.path, "--wait", "-o", submitted, "--params", Example.rules,
      "--url", service.url,
    ])
    try #require(submit.status == 0, "\(submit.errors)")
    let here = try Safetensors.read(SharedBytes(FileBytes.read(local))).tensors
    let there = try Safetensors.read(SharedBytes(FileBytes.read(submitted))).tensors
    #expect(here.names == there.names)
    #expect(here == there)
    let one = try Program.run([
      "run", "dualize", Example.path, "-o", local, "--params", Example.rules, "--threads", "1",
    ])
    #expect(one.status == 0)
    #expect(try Safetensors.read(SharedBytes(FileBytes.read(local))).tensors == here)
  }

  @Test func aNetworkWithOtherMassesComputesNoLayerAgain() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(data: folder.path + "/data")
    func ask(
      mass: Int, head: String, fields: [(name: String, value: String)] = []
    ) throws -> JSONValue {
      let atoms =
        #"{"type":"linear","name":"a","mass":\#(mass)},{"type":"linear","name":"b","mass":1}"#
      let body =
        #"{"params":{"network":{"type":"compose","modules":[\#(atoms)]}},"inputs":{"#
        + #""a":[[1,2],[3,5]],"b":\#(head)}}"#
      let reply = try service.send(
        "POST", "/v1/algorithms/dualize/execution",
        fields: [("Content-Type", "application/json")] + fields, body: .bytes(Array(body.utf8)))
      try #require(reply.status == 200, "\(reply.text)")
      return try #require(try JSONValue.parse(reply.body)["report"]?["tensors"])
    }
    func reused(_ tensors: JSONValue) -> [Bool] {
      ["a", "b"].map { tensors[$0]?["reused"] == .bool(true) }
    }
    #expect(reused(try ask(mass: 1, head: "[[1,0],[0,1]]")) == [false, false])
    let second = try ask(mass: 3, head: "[[1,0],[0,2]]")
    #expect(reused(second) == [true, false])
    #expect(second["a"]?["factor"]?.doubleValue == 0.75)
    let fresh = try ask(mass: 3, head: "[[1,0],[0,2]]", fields: [("Cache-Control", "no-cache")])
    #expect(reused(fresh) == [false, false])
  }
}
