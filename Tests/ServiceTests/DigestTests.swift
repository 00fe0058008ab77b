import HTTP
import JSON
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
}
