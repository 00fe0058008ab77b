import HTTP
import HTTPTypes
import JSON
import Service
import Testing

@Suite struct IdempotencyTests {
  @Test func theSameKeyAndPayloadGiveTheSameJob() async throws {
    let fixture = try ServiceFixture()
    let body: JSONValue = ["inputs": ["x": [1]]]
    let first = await fixture.execute(body, [.idempotencyKey: "k"])
    let second = await fixture.execute(body, [.idempotencyKey: "\"k\""])
    #expect(second.json["job_id"] == first.json["job_id"])
    #expect(second.fields[.named("Idempotency-Replayed")] == "true")
    #expect(first.fields[.named("Idempotency-Replayed")] == nil)
    let other = await fixture.execute(body, [.idempotencyKey: "k2"])
    #expect(other.json["job_id"] != first.json["job_id"])
  }

  @Test func anotherPayloadIsAMismatch() async throws {
    let fixture = try ServiceFixture()
    _ = await fixture.execute(["inputs": ["x": [1]]], [.idempotencyKey: "k"])
    let other = await fixture.execute(["inputs": ["x": [2]]], [.idempotencyKey: "k"])
    #expect(other.status.code == 422)
    #expect(other.problem == "idempotency-mismatch")
  }

  @Test func aRefusalDoesNotUseTheKeyUp() async throws {
    let fixture = try ServiceFixture()
    let bad = await fixture.execute(["inputs": ["x": "no"]], [.idempotencyKey: "k"])
    #expect(bad.status.code == 422)
    let mended = await fixture.execute(["inputs": ["x": [1]]], [.idempotencyKey: "k"])
    #expect(mended.status == .ok)
  }

  @Test func aSecondRequestWhileTheFirstIsReadIsAConflict() async throws {
    let fixture = try ServiceFixture()
    let head = try RequestHead(
      method: .post, target: "/v1/algorithms/double/execution",
      fields: [.idempotencyKey: "k", .contentType: "application/json"], contentLength: 10)
    var first: Disposition? = fixture.service.begin(head, from: Peer())
    guard case .collect? = first else {
      Issue.record("the first request is read")
      return
    }
    let second = await fixture.execute(["inputs": ["x": [1]]], [.idempotencyKey: "k"])
    #expect(second.status.code == 409)
    #expect(second.problem == "idempotency-conflict")
    // The first client goes away in the middle of its body.
    first = nil
    let third = await fixture.execute(["inputs": ["x": [1]]], [.idempotencyKey: "k"])
    #expect(third.status == .ok)
  }

  @Test func whoHasAnAnswerMayRepeatTheRequest() async throws {
    let fixture = try ServiceFixture()
    let body = Array(#"{"inputs":{"x":"no"}}"#.utf8)
    let head = try RequestHead(
      method: .post, target: "/v1/algorithms/double/execution",
      fields: [.idempotencyKey: "k", .contentType: "application/json"],
      contentLength: body.count)
    let service = fixture.service
    let responder = RecordingResponder { _ in
      guard case .collect = service.begin(head, from: Peer()) else {
        Issue.record("the key is still taken")
        return
      }
    }
    #expect(fixture.begin(head, body: body, responder))
    #expect(responder.responses.map(\.status.code) == [422])
  }

  @Test(arguments: ["\"\"", String(repeating: "k", count: 256)])
  func malformedKeysAreRefused(_ key: String) async throws {
    let fixture = try ServiceFixture()
    let response = await fixture.execute(["inputs": ["x": [1]]], [.idempotencyKey: key])
    #expect(response.status.code == 400)
  }
}
