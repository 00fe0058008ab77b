import HTTPClient
import JSON
import TestSupport
import Testing

@Suite(.enabled(if: Program.isBuilt, "\(Program.absent)"))
struct CommandTests {
  @Test(arguments: [
    (["serve", "--frobnicate"], 64), (["serve", "stray"], 64), (["nonsense"], 64),
    (["run", "nonsense", "x"], 64), (["run"], 64), (["serve", "--port", "high"], 78),
    (["serve", "--config", "/nowhere.yaml"], 78), (["serve", "--host", "0.0.0.0"], 78),
    (["serve", "--tls-certificate", "/nowhere.pem", "--tls-key", "/nowhere.pem"], 78),
    (["serve", "--auth-keys-file", "/nowhere.json"], 78), (["version"], 0), (["--help"], 0),
    (["health", "--url", "http://127.0.0.1:1"], 1), (["run", "dualize", "/nowhere.npy"], 1),
    (["config", "print"], 0), (["algorithms"], 0), (["algorithms", "dualize"], 0),
  ])
  func exitStatusesAreTheDocumentedOnes(arguments: [String], status: Int) throws {
    let folder = try TemporaryFolder()
    let isServe = arguments.first == "serve"
    let run = try Program.run(
      arguments + (isServe ? ["--storage-path", folder.path + "/data"] : []), in: folder.path)
    #expect(Int(run.status) == status, "\(run.output)\(run.errors)")
    if status != 0 { #expect(!run.errors.isEmpty) }
  }

  @Test func theShippedFileIsWhatTheProgramPrints() throws {
    let run = try Program.run(["config", "print", "--defaults"])
    #expect(run.output == PackageFiles.text("Config/matquay.yaml"))
  }

  @Test func variablesAndFlagsAreSeenBeneathEachOther() throws {
    let folder = try TemporaryFolder()
    let run = try Program.run(
      ["config", "print", "--log-level", "debug"],
      environment: ["MATQUAY_SERVER_PORT": "9", "MATQUAY_LOG_LEVEL": "error", "MATQUAY_X": "1"],
      in: folder.path)
    #expect(run.output.contains("port: 9  # MATQUAY_SERVER_PORT"))
    #expect(run.output.contains("level: debug  # --log-level"))
    #expect(run.errors.contains("MATQUAY_X"))
  }

  @Test func keysOpenTheServiceToTheirHolders() throws {
    let folder = try TemporaryFolder()
    let data = folder.path + "/data"
    let made = try Program.run([
      "keys", "create", "--name", "a", "--scope", "admin", "--storage-path", data,
    ])
    let key = made.output.split(separator: "\n").first.map(String.init) ?? ""
    try #require(key.hasPrefix("mq_"))
    let service = try RunningService(data: data, ["--host", "0.0.0.0"])
    let url = "http://127.0.0.1:\(service.port)"
    let without = try Program.run(["jobs", "ls", "--url", url])
    #expect(without.status == 1)
    #expect(without.errors.contains("401"))
    let with = try Program.run(
      ["jobs", "ls", "--json", "--url", url], environment: ["MATQUAY_API_KEY": key])
    #expect(with.status == 0)
    #expect(try JSONValue.parse(with.output)["items"]?.arrayValue?.isEmpty == true)
    #expect(!service.process.errors.contains(key), "the secret is in the log")
    let id = key.split(separator: "_")[1]
    #expect(
      try Program.run(["keys", "revoke", String(id), "--storage-path", data]).status == 0)
    #expect(try Program.run(["keys", "list", "--storage-path", data]).output.isEmpty)
  }

  @Test func jobsAreListedShownAndCancelled() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(data: folder.path + "/data")
    let environment = ["MATQUAY_URL": service.url]
    let submit = try Program.run(
      ["submit", "dualize", Example.path, "--label", "who=test"], environment: environment)
    try #require(submit.status == 0, "\(submit.errors)")
    let id = String(submit.output.dropLast())
    #expect(try Program.run(["jobs", "wait", id], environment: environment).status == 0)
    let list = try Program.run(
      ["jobs", "ls", "--label", "who:test", "--state", "succeeded"], environment: environment)
    #expect(list.output.hasPrefix(id))
    let shown = try Program.run(["jobs", "get", id], environment: environment)
    #expect(try JSONValue.parse(shown.output)["labels"]?["who"]?.stringValue == "test")
    #expect(try Program.run(["jobs", "cancel", id], environment: environment).status == 0)
    let output = folder.path + "/r.npz"
    #expect(try Program.run(["result", id, "-o", output], environment: environment).status == 0)
    #expect(try FileBytes.read(output).starts(with: [0x50, 0x4B]))
    #expect(try Program.run(["jobs", "get", "nonsense"], environment: environment).status == 1)
  }

  @Test func aTraceOfFinishedJobsIsReplayed() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(data: folder.path + "/data")
    let environment = ["MATQUAY_URL": service.url]
    for seed in [1, 2, 1] {
      let body = #"{"seed":\#(seed),"inputs":{"gradient":[[3,0],[0,0.5]]}}"#
      let reply = try service.send(
        "POST", "/v1/algorithms/dualize/execution",
        fields: [("Content-Type", "application/json")], body: .bytes(Array(body.utf8)))
      try #require(reply.status == 200)
    }
    let trace = try Program.run(["jobs", "trace"], environment: environment)
    let lines = trace.output.split(separator: "\n")
    try #require(trace.status == 0 && lines.count == 4, "\(trace.output)\(trace.errors)")
    #expect(lines[0] == "key,bytes,seconds,algorithm")
    let parts = lines.map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    // The third was answered from the first's result: the same key, no cost of its own.
    #expect(parts[1][0] == parts[3][0] && parts[1][0] != parts[2][0])
    #expect(!parts[1][2].isEmpty && parts[3][2].isEmpty && parts[3][3] == "dualize")

    let path = folder.path + "/trace.csv"
    try FileBytes.write(Array(trace.output.utf8), to: path)
    let replay = try Program.run(["cache-replay", path, "--cache-bytes", "1MB"])
    #expect(replay.status == 0, "\(replay.errors)")
    for policy in ["gdsf", "lru", "paging"] {
      let row = replay.output.split(separator: "\n").first { $0.contains(policy) }
      let cells = (row ?? "").split(separator: " ")
      #expect(cells.count == 7 && cells[0] == "1MB" && cells[2] == "1", "\(replay.output)")
    }
    try FileBytes.write(Array("key,bytes,seconds\na,1\n".utf8), to: path)
    let broken = try Program.run(["cache-replay", path])
    #expect(broken.status == 1 && broken.errors.contains("line 2"))
  }
}
