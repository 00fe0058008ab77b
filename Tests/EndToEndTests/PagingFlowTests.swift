import HTTPClient
import JSON
import Tensors
import TestSupport
import Testing

/// Paging from outside: simulations against the reference, the command, a session under kill -9.
@Suite(.enabled(if: Program.isBuilt, "\(Program.absent)"))
struct PagingFlowTests {
  private static let reference = "reference/paging/offline.json"
  private static let bench = (Program.path ?? "matquay") + "-bench"

  /// Costs of one run of the service, by policy.
  private func simulate(
    _ service: RunningService, _ item: JSONValue, _ trace: [JSONValue], policies: String,
    costOn: String, unitWeights: Bool = false
  ) throws -> [String: JSONValue] {
    var params: JSONObject = [
      "capacity": item["k"] ?? .null, "policies": .string(policies), "cost_on": .string(costOn),
      "curve_points": 0,
    ]
    var inputs: JSONObject = ["trace": .array(trace)]
    if !unitWeights {
      if let weights = item["weights"], !weights.isNull {
        inputs["weights"] = weights
      } else {
        params["weights"] = "formula"
      }
    }
    let reply = try service.send(
      "POST", "/v1/algorithms/paging/execution", fields: [("Content-Type", "application/json")],
      body: .bytes(
        JSONValue.object(["params": .object(params), "inputs": .object(inputs)]).serialized()))
    guard reply.status == 200 else { throw EndToEndFailure(reply.text) }
    let report = try JSONValue.parse(reply.body)["report"]
    let rows = report?["results"]?.arrayValue ?? []
    return Dictionary(uniqueKeysWithValues: rows.map { ($0["policy"]?.stringValue ?? "", $0) })
  }

  /// The requests of a case: its own, or that slice of a shared trace.
  private func trace(_ item: JSONValue) throws -> [JSONValue]? {
    if let trace = item["trace"]?.arrayValue { return trace }
    let parts = (item["name"]?.stringValue ?? "").split(whereSeparator: { "[:]".contains($0) })
    guard parts.count == 3, let first = Int(parts[1]), let last = Int(parts[2]),
      let file = SharedFiles.bytes("data/traces/\(parts[0]).txt.gz")
    else { return nil }
    let text = try Gzip.decoded(SharedBytes(file))
    return text.split(separator: 10)[first..<last].map { line in
      .integer(Int64(String(decoding: line, as: UTF8.self)) ?? 0)
    }
  }

  @Test(.enabled(if: SharedFiles.has(reference), "../shared is not here"))
  func optimaAndPoliciesOverHTTPAgreeWithTheReference() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(data: folder.path + "/data")
    let document = try JSONValue.parse(try #require(SharedFiles.bytes(Self.reference)))
    let cases = try #require(document["cases"]?.arrayValue)
    let names = [
      "lru": "LRU", "fifo": "FIFO", "lfu": "LFU", "landlord": "GD", "gdsf": "GDSF",
    ]
    func close(_ found: JSONValue?, _ expected: JSONValue?, _ what: String) {
      guard let found = found?.doubleValue, let expected = expected?.doubleValue else {
        Issue.record("\(what) is not there")
        return
      }
      #expect(abs(found - expected) <= 1e-9 * max(1, abs(expected)), "\(what)")
    }
    for item in cases {
      let name = item["name"]?.stringValue ?? ""
      let trace = try #require(try trace(item), "\(name)")
      let fetch = try simulate(
        service, item, trace, policies: "lru,fifo,lfu,landlord,gdsf,opt", costOn: "fetch")
      close(fetch["opt"]?["fetch_cost"], item["optFetch"], "\(name) optFetch")
      for (policy, key) in names {
        let expected = item["baselines"]?[key]
        close(fetch[policy]?["fetch_cost"], expected?["fetch"], "\(name) \(policy) fetch")
        close(fetch[policy]?["evict_cost"], expected?["evict"], "\(name) \(policy) evict")
        close(fetch[policy]?["misses"], expected?["misses"], "\(name) \(policy) misses")
      }
      let evict = try simulate(service, item, trace, policies: "opt", costOn: "evict")
      close(evict["opt"]?["evict_cost"], item["optEvict"], "\(name) optEvict")
      let unit = try simulate(
        service, item, trace, policies: "belady", costOn: "evict", unitWeights: true)
      close(unit["belady"]?["evict_cost"], item["beladyEvictions"], "\(name) beladyEvictions")
      close(unit["belady"]?["misses"], item["beladyMisses"], "\(name) beladyMisses")
    }
  }

  @Test func theCommandPrintsATableOfAGzippedTrace() throws {
    let folder = try TemporaryFolder()
    let plain = folder.path + "/trace.txt"
    // Twelve pages in a loop through ten slots, then four of them again and again.
    let pages = (0..<600).map { $0 < 300 ? $0 % 12 : $0 % 4 }
    try FileBytes.write(Array(pages.map { "\($0)\n" }.joined().utf8), to: plain)
    try #require(Spawned.run(["gzip", "-k", plain]).status == 0)
    let policies = ["lru", "landlord", "owp", "opt"]
    var tables: [String] = []
    for file in [plain, plain + ".gz"] {
      let run = try Program.run([
        "run", "paging", file, "--capacity", "10", "--policies", policies.joined(separator: ","),
      ])
      try #require(run.status == 0, "\(run.errors)")
      let lines = run.output.split(separator: "\n").map { $0.split(separator: " ") }
      #expect(lines.count == 5, "\(run.output)")
      #expect(lines[0].prefix(3) == ["policy", "capacity", "fetch_cost"])
      #expect(lines.dropFirst().map { String($0[0]) } == policies)
      // LRU misses every request of the loop, 300; it leaves 2 to 11, so 0 and 1 push out 2 and 3
      // just before they are asked for: 4 more.
      #expect(lines[1][2] == "304", "\(run.output)")
      tables.append(lines.map { $0.prefix(3).joined(separator: " ") }.joined(separator: "\n"))
    }
    #expect(tables[0] == tables[1])
    let json = try Program.run(["run", "paging", plain, "--capacity=10", "--json"])
    #expect(try JSONValue.parse(json.output)["report"]?["results"]?.arrayValue?.count == 5)
    let misspelt = try Program.run(["run", "paging", plain, "--capacities", "10"])
    #expect(misspelt.status == 64)
    #expect(misspelt.errors.contains("capacities"))
  }

  @Test func gzippedTextIsATraceForTheServiceToo() throws {
    let folder = try TemporaryFolder()
    let plain = folder.path + "/trace.txt"
    try FileBytes.write(Array("a\nb\na\nc\nb\na\n".utf8), to: plain)
    try #require(Spawned.run(["gzip", "-k", plain]).status == 0)
    let service = try RunningService(data: folder.path + "/data")
    func ask(_ file: String, _ more: [(String, String)]) throws -> JSONValue {
      let reply = try service.send(
        "POST", "/v1/algorithms/paging/execution?capacity=2&policies=lru,opt",
        fields: [("Content-Type", "text/plain")] + more, body: .file(file))
      guard reply.status == 200 else { throw EndToEndFailure(reply.text) }
      return try JSONValue.parse(reply.body)["report"]?["opt"] ?? .null
    }
    let expected = try ask(plain, [])
    #expect(expected[0]?["cost"]?.doubleValue == 4)
    #expect(try ask(plain + ".gz", []) == expected)
    #expect(try ask(plain + ".gz", [("Content-Encoding", "gzip")]) == expected)
  }

  /// The short form of `matquay-bench session-crash`, whose whole form has a million requests and
  /// ten kills.
  @Test(.enabled(if: FileBytes.exists(bench), "matquay-bench is not built"))
  func aSessionDecidesTheSameUnderKills() throws {
    let run = try Spawned.run([
      Self.bench, "session-crash", "--requests", "8000", "--batch", "100", "--kills", "3",
      "--capacity", "50", "--matquay", Program.path ?? "matquay",
    ])
    #expect(run.status == 0, "\(run.output)\(run.errors)")
    #expect(run.output.contains("answers that differ: 0 of 80"), "\(run.output)")
  }
}
