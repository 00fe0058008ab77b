import HTTP
import HTTPTypes
import JSON
import Service
import Settings
import Testing

@Suite struct SessionTests {
  private let path = "/v1/paging/sessions"

  private func open(_ fixture: ServiceFixture, _ extra: JSONObject = [:]) async -> String {
    var body: JSONObject = ["capacity": 2, "seed": 7, "states": 16]
    for (name, value) in extra { body[name] = value }
    let response = await fixture.post(path, .object(body))
    #expect(response.status == .created, "\(response.text)")
    return response.json["session"]?.stringValue ?? ""
  }

  private func ask(
    _ fixture: ServiceFixture, _ session: String, seq: Int, _ pages: [JSONValue]
  ) async -> CollectedResponse {
    await fixture.post(
      "\(path)/\(session)/requests",
      ["seq": .integer(Int64(seq)), "pages": .array(pages)])
  }

  @Test func aSessionEchoesItsCreation() async throws {
    let fixture = try ServiceFixture()
    let response = await fixture.post(path, ["capacity": 3])
    #expect(response.status == .created)
    let id = try #require(response.json["session"]?.stringValue)
    #expect(response.fields[.location] == "\(path)/\(id)")
    #expect(response.fields[.eTag] != nil)
    #expect(response.json["next"] == 0)
    #expect(response.json["capacity"] == 3)
    #expect(response.json["policy"] == "owp")
    #expect(response.json["seed"]?.integerValue != nil)
    let view = await fixture.get("\(path)/\(id)")
    #expect(view.json["requests"] == 0)
    #expect(view.json["seed"] == nil)
    let list = await fixture.get(path)
    #expect(list.json["items"]?[0]?["session"] == .string(id))
    #expect(list.json["items"]?[0]?["seed"] == nil)
  }

  @Test func batchesAreDecidedInOrder() async throws {
    let fixture = try ServiceFixture()
    let id = await open(fixture)
    let first = await ask(fixture, id, seq: 0, [1, 2, 1])
    #expect(first.status == .ok)
    #expect(first.json["next"] == 3)
    #expect(first.json["decisions"]?.arrayValue?.count == 3)
    #expect(first.json["decisions"]?[2]?["hit"] == true)
    let second = await ask(fixture, id, seq: 3, [3])
    #expect(second.json["decisions"]?[0]?["hit"] == false)
    let page = await fixture.get("\(path)/\(id)/pages/1")
    #expect(page.json["page"] == 1)
    #expect(await fixture.get("\(path)/\(id)/pages/99").status.code == 404)
  }

  @Test func aRepeatedBatchGetsItsFirstAnswer() async throws {
    let fixture = try ServiceFixture()
    let id = await open(fixture)
    let first = await ask(fixture, id, seq: 0, [1, 2])
    _ = await ask(fixture, id, seq: 2, [3])
    let again = await ask(fixture, id, seq: 0, [1, 2])
    #expect(again.body == first.body)
    let other = await ask(fixture, id, seq: 0, [1, 3])
    #expect(other.status.code == 409)
    #expect(other.problem == "sequence-gap")
    #expect(other.json["next"] == 3)
    let gap = await ask(fixture, id, seq: 9, [1])
    #expect(gap.json["next"] == 3)
  }

  @Test func costsAreReportedOnce() async throws {
    let fixture = try ServiceFixture()
    let id = await open(fixture)
    let ticket = await ask(fixture, id, seq: 0, [1]).json["decisions"]?[0]?["ticket"]
    let number = try #require(ticket)
    let sample: JSONValue = ["samples": [["ticket": number, "cost": 0.5]]]
    let first = await fixture.post("\(path)/\(id)/samples", sample)
    #expect(first.status == .ok)
    let second = await fixture.post("\(path)/\(id)/samples", sample)
    #expect(second.json["duplicate"] == 1)
    let other = await fixture.post(
      "\(path)/\(id)/samples", ["samples": [["ticket": number, "cost": 0.7]]])
    #expect(other.status.code == 409)
    #expect(other.problem == "conflict")
  }

  @Test func aSnapshotContinuesExactly() async throws {
    let fixture = try ServiceFixture()
    let id = await open(fixture)
    _ = await ask(fixture, id, seq: 0, [1, 2, 3, 1])
    let snapshot = await fixture.get("\(path)/\(id)/snapshot").json
    let copied = await fixture.post(path, ["snapshot": snapshot])
    #expect(copied.status == .created, "\(copied.text)")
    let copy = try #require(copied.json["session"]?.stringValue)
    #expect(copied.json["next"] == 4)
    let pages: [JSONValue] = [4, 1, 2, 5, 3, 1, 4, 2]
    let left = await ask(fixture, id, seq: 4, pages).json["decisions"]
    let right = await ask(fixture, copy, seq: 4, pages).json["decisions"]
    #expect(left == right)
    var damaged = try #require(snapshot.objectValue)
    damaged["checksum"] = "0000000000000000"
    let refused = await fixture.post(path, ["snapshot": .object(damaged)])
    #expect(refused.status.code == 422)
  }

  /// A batch larger than the snapshot's interval, then a second reader of the log.
  @Test func theLogAloneRebuildsTheState() async throws {
    let fixture = try ServiceFixture()
    let id = await open(fixture)
    var next = 0
    for round in 0..<5 {
      let pages = (0..<2_000).map { JSONValue.integer(Int64(($0 * 7 + round) % 11)) }
      let response = await ask(fixture, id, seq: next, pages)
      next += 2_000
      #expect(response.json["next"] == .integer(Int64(next)))
    }
    let view = await fixture.get("\(path)/\(id)").json
    let other = fixture.secondService()
    let seen = await MemoryExchange(other).send(.get, "\(path)/\(id)")
    #expect(seen.json == view)
    let elsewhere = await MemoryExchange(other).send(
      .post, "\(path)/\(id)/requests", fields: [.contentType: "application/json"],
      body: JSONValue.object(["seq": .integer(Int64(next)), "pages": [1]]).serialized())
    #expect(elsewhere.status == .ok)
    // The first one finds that another was first, and goes on from there.
    let behind = await ask(fixture, id, seq: next + 1, [2])
    #expect(behind.json["next"] == .integer(Int64(next + 2)))
  }

  @Test(arguments: [
    (#"{}"#, "/capacity"), (#"{"capacity":0}"#, "/capacity"),
    (#"{"capacity":2,"policy":"belady"}"#, "/policy"), (#"{"capacity":2,"x":1}"#, "/x"),
  ])
  func refusesASessionWithItsPlace(_ body: String, _ pointer: String) async throws {
    let fixture = try ServiceFixture()
    let response = await fixture.client.send(
      .post, path, fields: [.contentType: "application/json"], body: Array(body.utf8))
    #expect(response.status.code == 422, "\(response.text)")
    #expect(response.pointer == pointer, "\(response.text)")
  }

  @Test func sessionsAreClosedAndBounded() async throws {
    let fixture = try ServiceFixture { $0.paging.maxSessions = 1 }
    let id = await open(fixture)
    let full = await fixture.post(path, ["capacity": 2])
    #expect(full.status.code == 503)
    #expect(full.problem == "queue-full")
    #expect(await fixture.client.send(.delete, "\(path)/\(id)").status == .noContent)
    #expect(await fixture.get("\(path)/\(id)").status.code == 404)
    #expect(await ask(fixture, id, seq: 0, [1]).status.code == 404)
    _ = await open(fixture)
  }
}
