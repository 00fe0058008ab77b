import FoundationEssentials
import HTTP
import HTTPTypes
import JSON
import Jobs
import Tensors
import Testing

@Suite struct DigestTests {
  private func digest(
    _ fixture: ServiceFixture, _ body: JSONValue
  ) async -> String? {
    await fixture.post("/v1/algorithms/double/validate", body).json["digest"]?.stringValue
  }

  @Test func theNumericsVersionIsPartOfTheKey() async throws {
    let body: JSONValue = ["inputs": ["x": [1, 2]]]
    let first = await digest(try ServiceFixture(numericsVersion: 1), body)
    let second = await digest(try ServiceFixture(numericsVersion: 2), body)
    #expect(first != nil)
    #expect(first != second)
  }

  @Test func spellingDoesNotCountAndMeaningDoes() async throws {
    let fixture = try ServiceFixture()
    let plain = await digest(fixture, ["inputs": ["x": [1, 2]]])
    let same: [JSONValue] = [
      ["inputs": ["x": [1.0, 2]], "params": [:]],
      ["inputs": ["x": [1, 2]], "params": ["mode": "plain", "factor": 2.0]],
      ["inputs": ["x": [1, 2]], "priority": 9, "labels": ["a": "b"], "timeout_seconds": 5],
    ]
    for body in same { #expect(await digest(fixture, body) == plain, "\(body)") }
    let other: [JSONValue] = [
      ["inputs": ["x": [1, 3]]], ["inputs": ["x": [[1, 2]]]],
      ["inputs": ["x": [1, 2]], "params": ["factor": 3]], ["inputs": ["x": [1, 2]], "seed": 1],
      ["inputs": ["x": ["dtype": "F32", "shape": [2], "data": "AACAPwAAAEA="]]],
    ]
    for body in other { #expect(await digest(fixture, body) != plain, "\(body)") }
  }

  @Test func theOrderOfTheInputsDoesNotCount() async throws {
    let fixture = try ServiceFixture()
    let tensors: [(String, JSONValue)] = [("x", [1, 2]), ("also", [3])]
    var digests: Set<String?> = []
    for order in [tensors, tensors.reversed()] {
      var inputs = JSONObject()
      for (name, values) in order { inputs[name] = values }
      digests.insert(await digest(fixture, ["inputs": .object(inputs)]))
    }
    #expect(digests.count == 1 && !digests.contains(nil))
  }

  /// Each order of large inputs is kept in a file of its own, once, under a name that was known
  /// before its bytes were put together.
  @Test func eachOrderOfTheInputsIsKeptOnce() async throws {
    let fixture = try ServiceFixture()
    let values = JSONValue.array((0..<20_000).map { .integer(Int64($0)) })
    let tensors: [(String, JSONValue)] = [("x", values), ("also", [3])]
    var sizes: [Int] = []
    for order in [tensors, tensors, tensors.reversed(), tensors.reversed()] {
      var inputs = JSONObject()
      for (name, values) in order { inputs[name] = values }
      let reply = await fixture.post(
        "/v1/algorithms/double/execution", ["inputs": .object(inputs)],
        [.cacheControl: "no-cache"])
      #expect(reply.status == .ok)
      let id = try #require(reply.json["job_id"]?.stringValue.flatMap { JobID($0) })
      // Looking at the job waits until its result is stored, too.
      _ = try fixture.engine.job(id)
      sizes.append(fixture.engine.blobs.occupiedBytes)
    }
    #expect(sizes[1] == sizes[0] && sizes[3] == sizes[2])
    #expect(sizes[2] - sizes[1] > 160_000 && sizes[2] - sizes[1] < 161_000)

    let root = fixture.engine.blobs.path(of: SHA256Digest(of: [])).dropLast(64 + 7)
    var orders: Set<[String]> = []
    for name in try FileManager.default.subpathsOfDirectory(atPath: String(root)) {
      let path = root + "/" + name
      guard let bytes = FileManager.default.contents(atPath: String(path)),
        let file = try? Safetensors.read(SharedBytes(Array(bytes)))
      else { continue }
      orders.insert(file.tensors.names)
    }
    #expect(orders.isSuperset(of: [["x", "also"], ["also", "x"]]))
  }
}
