import AlgorithmInterface
import JSON
import TestSupport
import Testing
import WeightedPagingAPI

@Suite struct LivePagingSessionTests {
  private func parse(_ text: String) throws -> JSONElement {
    try Array(text.utf8).withUnsafeBytes { (bytes) throws(JSONError) in
      try JSONDocument.parse(bytes)
    }.root
  }

  private func create(_ text: String = #"{"capacity":2,"seed":7}"#) throws -> LivePagingSession {
    try LivePagingSession(parse(text), drawnSeed: 99)
  }

  private func send(
    _ session: inout LivePagingSession, _ text: String
  ) throws -> JSONValue {
    let digest = Array(text.utf8)
    return try JSONValue.parse(session.requests(parse(text), digest: digest))
  }

  @Test func creationEchoesWhatWasDecided() throws {
    let echo = try create(#"{"capacity":3,"weights":{"a":0.5},"states":32}"#).created(id: "s")
    #expect(echo["session"] == "s" && echo["next"] == 0 && echo["capacity"] == 3)
    #expect(echo["policy"] == "bbn" && echo["states"] == 32 && echo["seed"] == 99)
    #expect(echo["mode"] == "owed" && echo["bounds"] == "kl" && echo["cost_on"] == "fetch")
    #expect(try create().created(id: "s")["seed"] == 7)
    #expect(try create().created(id: "s")["policy"] == "owp")
  }

  @Test func decidesWithTicketsAndTakesCosts() throws {
    var session = try create()
    let first = try send(&session, #"{"seq":0,"pages":["a","b","a","c"]}"#)
    #expect(first["next"] == 4)
    #expect(first["decisions"]?[0] == ["page": "a", "hit": false, "ticket": 0])
    #expect(first["decisions"]?[2] == ["page": "a", "hit": true])
    #expect(first["decisions"]?[3]?["evict"]?.stringValue != nil)
    #expect(first["stats"]?["misses"] == 3)
    let second = try send(
      &session,
      #"{"seq":4,"pages":["a"],"samples":[{"ticket":0,"cost":0.5},{"ticket":77,"cost":1}]}"#)
    #expect(second["samples"]?["applied"] == 1 && second["samples"]?["unknown"] == [77])
    let taken = try JSONValue.parse(
      session.samples(parse(#"{"samples":[{"ticket":0,"cost":0.5},{"ticket":1,"cost":1}]}"#)))
    #expect(taken == ["applied": 1, "stored": 0, "discarded": 0, "duplicate": 1])
    #expect(session.page("a")?["samples"] == 1)
    #expect(session.page("a")?["mean"] == .number(0.5))
    #expect(session.page("z") == nil)
    let view = session.view(id: "s")
    #expect(view["cost_reported"] == .number(1.5) && view["pages"] == 3)
    #expect(view["seed"] == nil)
  }

  @Test func aRetryReadsTheSameBytes() throws {
    var session = try create()
    let body = #"{"seq":0,"pages":[1,2,3,1]}"#
    let first = try session.requests(parse(body), digest: [1])
    _ = try session.requests(parse(#"{"seq":4,"pages":[9]}"#), digest: [2])
    #expect(try session.requests(parse(body), digest: [1]) == first)
    #expect(throws: PagingRefusal.sequenceGap(next: 5)) {
      try session.requests(parse(body), digest: [3])
    }
  }

  @Test func snapshotDocumentsRestoreExactly() throws {
    var session = try create()
    _ = try send(&session, #"{"seq":0,"pages":[1,2,3,1,4,5,6]}"#)
    let document = JSONValue.object(session.snapshotDocument())
    let text = String(decoding: document.serialized(), as: UTF8.self)
    var restored = try create(#"{"snapshot":"# + text + "}")
    let next = #"{"seq":7,"pages":[1,2,3,9],"samples":[{"ticket":1,"cost":0.1}]}"#
    #expect(try send(&session, next) == send(&restored, next))
    #expect(session.snapshot() == restored.snapshot())
    #expect(try LivePagingSession(snapshot: session.snapshot()).next == 11)
    let spoilt = text.replacing("A", with: "B")
    #expect(throws: PagingRefusal.self) { try create(#"{"snapshot":"# + spoilt + "}") }
    #expect(throws: PagingRefusal.self) {
      try create(#"{"capacity":2,"snapshot":"# + text + "}")
    }
  }

  @Test(arguments: [
    (#"{"seed":1}"#, "/capacity"), (#"{"capacity":0}"#, "/capacity"),
    (#"{"capacity":1000001}"#, "/capacity"), (#"{"capacity":2,"policy":"opt"}"#, "/policy"),
    (#"{"capacity":2,"policy":"landlord"}"#, "/policy"),
    (#"{"capacity":2,"weights":{"a":0}}"#, "/weights/a"), (#"{"capacity":2,"k":1}"#, "/k"),
    (#"{"capacity":2,"snapshot":{}}"#, "/snapshot"), ("[]", ""),
  ])
  func refusesCreationWithThePointer(body: String, pointer: String) throws {
    let element = try parse(body)
    do throws(PagingRefusal) {
      _ = try LivePagingSession(element, drawnSeed: 1)
      Issue.record("accepted \(body)")
    } catch {
      guard case .validation(let rejection) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(rejection.issues.contains { "\($0.pointer)" == pointer }, "\(rejection)")
    }
  }

  @Test(arguments: [
    (#"{"pages":[1]}"#, "/seq"), (#"{"seq":0}"#, "/pages"), (#"{"seq":0,"pages":[]}"#, "/pages"),
    (#"{"seq":0,"pages":[1.5]}"#, "/pages/0"), (#"{"seq":0,"pages":[1,"a"]}"#, "/pages/1"),
    (#"{"seq":0,"pages":[1],"page":2}"#, "/page"),
    (#"{"seq":0,"pages":[1],"samples":[{"ticket":0,"cost":0}]}"#, "/samples/0/cost"),
    (#"{"seq":0,"pages":[1],"samples":[{"ticket":"0","cost":1}]}"#, "/samples/0/ticket"),
    (#"{"seq":0,"pages":[1],"samples":[{"ticket":0}]}"#, "/samples/0/cost"),
    (#"{"seq":0,"pages":[1],"predictions":[4]}"#, "/predictions"),
  ])
  func refusesBatchesWithThePointer(body: String, pointer: String) throws {
    var session = try create()
    let before = session.snapshot()
    let element = try parse(body)
    do throws(PagingRefusal) {
      _ = try session.requests(element, digest: [])
      Issue.record("accepted \(body)")
    } catch {
      guard case .validation(let rejection) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(rejection.issues.contains { "\($0.pointer)" == pointer }, "\(rejection)")
    }
    #expect(session.snapshot() == before)
  }

  @Test func aTicketWithTwoCostsIsAConflict() throws {
    var session = try create()
    _ = try send(&session, #"{"seq":0,"pages":[1]}"#)
    _ = try session.samples(parse(#"{"samples":[{"ticket":0,"cost":0.5}]}"#))
    do throws(PagingRefusal) {
      _ = try session.samples(try element(#"{"samples":[{"ticket":0,"cost":0.25}]}"#))
      Issue.record("accepted")
    } catch {
      guard case .conflict(let issue) = error else {
        Issue.record("\(error)")
        return
      }
      #expect("\(issue.pointer)" == "/samples/0")
    }
  }

  private func element(_ text: String) throws(PagingRefusal) -> JSONElement {
    do { return try parse(text) } catch { throw .sequenceGap(next: -1) }
  }
}
