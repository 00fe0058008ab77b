import HTTP
import HTTPTypes
import JSON
import Jobs
import Service
import Testing

/// Sessions at their limits: what is refused, by which status and pointer, and what is not.
@Suite struct SessionEdgeTests {
  private let path = "/v1/paging/sessions"

  private func open(_ fixture: ServiceFixture, _ body: JSONValue) async -> String {
    let response = await fixture.post(path, body)
    #expect(response.status == .created, "\(response.text)")
    return "\(path)/\(response.json["session"]?.stringValue ?? "")"
  }

  private func send(
    _ fixture: ServiceFixture, _ target: String, _ text: String
  ) async -> CollectedResponse {
    await fixture.client.send(
      .post, target, fields: [.contentType: "application/json"], body: Array(text.utf8))
  }

  @Test(
    arguments: [
      (#"{"seq":0,"pages":[]}"#, 422, "/pages"), (#"{"pages":[1]}"#, 422, "/seq"),
      (#"{"seq":-1,"pages":[1]}"#, 422, "/seq"), (#"{"seq":0.5,"pages":[1]}"#, 422, "/seq"),
      (#"{"seq":"0","pages":[1]}"#, 422, "/seq"), (#"{"seq":0}"#, 422, "/pages"),
      (#"{"seq":0,"pages":7}"#, 422, "/pages"), (#"{"seq":0,"pages":[1,"a"]}"#, 422, "/pages/1"),
      (#"{"seq":0,"pages":[1.5]}"#, 422, "/pages/0"),
      (#"{"seq":0,"pages":[null]}"#, 422, "/pages/0"),
      (#"{"seq":0,"pages":[9223372036854775808]}"#, 422, "/pages/0"),
      (#"{"seq":0,"pages":[1],"page":2}"#, 422, "/page"),
      (#"{"seq":0,"pages":[1],"samples":[{"ticket":0,"cost":0}]}"#, 422, "/samples/0/cost"),
      (#"{"seq":0,"pages":[1],"samples":[{"ticket":0,"cost":-1}]}"#, 422, "/samples/0/cost"),
      (#"{"seq":0,"pages":[1],"samples":[{"ticket":0,"cost":1e300}]}"#, 422, "/samples/0/cost"),
      (#"{"seq":0,"pages":[1],"samples":[{"ticket":0}]}"#, 422, "/samples/0/cost"),
      (#"{"seq":0,"pages":[1],"samples":[{"ticket":"x","cost":1}]}"#, 422, "/samples/0/ticket"),
      (#"{"seq":0,"pages":[1],"predictions":[1]}"#, 422, "/predictions"), ("[1]", 422, ""),
      (#"{"seq":9223372036854775807,"pages":[1]}"#, 409, nil),
      (#"{"seq":1,"pages":[1]}"#, 409, nil),
      (#"{"seq":0,"pages":[1],"samples":[{"ticket":0,"cost":1e309}]}"#, 400, nil),
      (#"{"seq":0,"pages":[NaN]}"#, 400, nil), ("", 422, ""),
    ] as [(String, Int, String?)])
  func aRefusedBatchChangesNothing(_ body: String, _ status: Int, _ pointer: String?) async throws {
    let fixture = try ServiceFixture()
    let session = await open(fixture, ["capacity": 2, "seed": 1])
    let response = await send(fixture, session + "/requests", body)
    #expect(response.status.code == status, "\(response.text)")
    if let pointer { #expect(response.pointer == pointer, "\(response.text)") }
    let after = await send(fixture, session + "/requests", #"{"seq":0,"pages":[5]}"#)
    #expect(after.json["stats"]?["requests"] == 1)
    #expect(after.json["stats"]?["cost_reported"]?.doubleValue == 0)
  }

  @Test(arguments: [
    (#"{"capacity":2,"max_cost":0}"#, "/max_cost"), (#"{"capacity":1000001}"#, "/capacity"),
    (#"{"capacity":2,"states":65}"#, "/states"), (#"{"capacity":2,"confidence":2}"#, "/confidence"),
    (#"{"capacity":2,"policy":"landlord"}"#, "/policy"),
    (#"{"capacity":2,"policy":"owp","weights":{"a":1}}"#, "/policy"),
    (#"{"capacity":2,"weights":{"a":0}}"#, "/weights/a"),
    (#"{"capacity":2,"weights":{"a":1e60}}"#, "/weights/a"),
    (#"{"capacity":2,"seed":-1}"#, "/seed"), (#"{"capacity":2,"max_pages":2}"#, "/max_pages"),
    (#"{"snapshot":{}}"#, "/snapshot"), (#"{"snapshot":{},"capacity":2}"#, "/snapshot"), ("3", ""),
  ])
  func refusesACreationWithItsPlace(_ body: String, _ pointer: String) async throws {
    let fixture = try ServiceFixture()
    let response = await send(fixture, path, body)
    #expect(response.status.code == 422, "\(response.text)")
    #expect(response.pointer == pointer, "\(response.text)")
  }

  @Test func batchesAndNamesAreTakenUpToTheirLimits() async throws {
    let fixture = try ServiceFixture()
    let session = await open(fixture, ["capacity": 1, "seed": 1])
    func batch(_ seq: Int, _ count: Int) -> JSONValue {
      [
        "seq": .integer(Int64(seq)),
        "pages": .array((0..<count).map { .string("\($0)") }),
      ]
    }
    #expect(await fixture.post(session + "/requests", batch(0, 10_001)).status.code == 422)
    let whole = await fixture.post(session + "/requests", batch(0, 10_000))
    #expect(whole.json["next"] == 10_000)
    #expect(whole.json["decisions"]?[9_999]?["evict"] == "9998")
    let long = String(repeating: "ä", count: 128)
    let fits = await fixture.post(
      session + "/requests", ["seq": 10_000, "pages": [.string(long)]])
    #expect(fits.status == .ok)
    let tooLong = await fixture.post(
      session + "/requests", ["seq": 10_001, "pages": [.string(long + "x")]])
    #expect(tooLong.pointer == "/pages/0")
  }

  /// Names are bytes: two spellings of one letter are two pages.
  @Test func namesOfAnyKindComeBackAsTheyWere() async throws {
    let fixture = try ServiceFixture()
    let session = await open(fixture, ["capacity": 9, "seed": 1])
    let names: [JSONValue] = ["\u{E9}", "e\u{301}", "a/b", "🗄️", "", "\"\\\n\u{0}", "a b%20?"]
    let answer = await fixture.post(session + "/requests", ["seq": 0, "pages": .array(names)])
    let decisions = try #require(answer.json["decisions"]?.arrayValue)
    for (name, decision) in zip(names, decisions) {
      let same = decision["page"]?.stringValue?.utf8.elementsEqual(
        name.stringValue?.utf8 ?? "".utf8)
      #expect(same == true)
      #expect(decision["hit"] == false)
    }
    #expect(await fixture.get(session + "/pages/a%2Fb").json["page"] == "a/b")
    #expect(await fixture.get(session + "/pages/a%20b%2520%3F").json["page"] == "a b%20?")
    #expect(await fixture.get(session + "/pages/%F0%9F%97%84%EF%B8%8F").status == .ok)
  }

  @Test func unknownTicketsAreNamedAndTheBatchIsDecided() async throws {
    let fixture = try ServiceFixture()
    let session = await open(fixture, ["capacity": 2, "seed": 1])
    let answer = await fixture.post(
      session + "/requests",
      [
        "seq": 0, "pages": [1],
        "samples": [["ticket": 44, "cost": 1], ["ticket": -3, "cost": 1]],
      ])
    #expect(answer.json["samples"]?["unknown"] == [44, -3])
    #expect(answer.json["next"] == 1)
  }

  /// Twenty callers at once with one seq: one body wins; its repeats get the same bytes.
  @Test func concurrentBatchesOfOneSessionAreSerial() async throws {
    let fixture = try ServiceFixture()
    let session = await open(fixture, ["capacity": 2, "seed": 1])
    let answers = await withTaskGroup(of: CollectedResponse.self) { group in
      for caller in 0..<20 {
        group.addTask {
          await fixture.post(
            session + "/requests",
            ["seq": 0, "pages": [.integer(Int64(caller % 2)), 7, 8]])
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    let taken = answers.filter { $0.status == .ok }
    #expect(taken.count == 10)
    #expect(Set(taken.map(\.body)).count == 1)
    #expect(answers.count { $0.problem == "sequence-gap" && $0.json["next"] == 3 } == 10)
    #expect(await fixture.get(session).json["requests"] == 3)
  }

  @Test func manySessionsRunBesideEachOther() async throws {
    let fixture = try ServiceFixture()
    let ends = await withTaskGroup(of: JSONValue.self) { group in
      for seed in 0..<300 {
        group.addTask {
          let session = await open(
            fixture, ["capacity": 3, "seed": .integer(Int64(seed % 3)), "states": 8])
          for round in 0..<3 {
            let pages = (0..<8).map { JSONValue.integer(Int64(($0 * 5 + round) % 7)) }
            let answer = await fixture.post(
              session + "/requests",
              ["seq": .integer(Int64(8 * round)), "pages": .array(pages)])
            #expect(answer.status == .ok, "\(answer.text)")
          }
          return await fixture.get(session + "/snapshot").json["checksum"] ?? .null
        }
      }
      return await group.reduce(into: Set<String>()) { $0.insert($1.stringValue ?? "") }
    }
    // Equal seeds and requests: equal states, whoever was unloaded meanwhile.
    #expect(ends.count == 3)
  }

  @Test func aSessionDeletedInBetweenIsGone() async throws {
    let fixture = try ServiceFixture()
    let session = await open(fixture, ["capacity": 2, "seed": 1])
    let (batches, deletion) = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<8 {
        group.addTask {
          await fixture.post(session + "/requests", ["seq": 0, "pages": [1, 2, 3]]).status.code
        }
      }
      async let deletion = fixture.client.send(.delete, session).status.code
      return (await group.reduce(into: Set<Int>()) { $0.insert($1) }, await deletion)
    }
    #expect(deletion == 204)
    #expect(batches.isSubset(of: [200, 404]))
    #expect(await fixture.get(session).status.code == 404)
    #expect(await fixture.client.send(.delete, session).status.code == 404)
  }

  /// Nobody asks for anything: the engine's own timer gives idle sessions up.
  @Test func idleSessionsExpireByTheClock() async throws {
    let clock = SteppedClock()
    let fixture = try ServiceFixture(clock: clock)
    let idle = await open(fixture, ["capacity": 2, "seed": 1])
    clock.advance(hours: 20)
    let busy = await open(fixture, ["capacity": 2, "seed": 1])
    clock.advance(hours: 5)
    fixture.engine.tick()
    fixture.engine.settle()
    let list = await fixture.get(path).json["items"]?.arrayValue ?? []
    #expect(list.compactMap { $0["session"]?.stringValue }.allSatisfy { busy.hasSuffix($0) })
    #expect(list.count == 1)
    let gone = await fixture.post(idle + "/requests", ["seq": 0, "pages": [1]])
    #expect(gone.status.code == 410)
    #expect(gone.problem == "session-expired")
    #expect(await fixture.get(idle).status.code == 410)
    #expect(await fixture.get(busy).status == .ok)
    // The row goes with those of jobs, after 7 days.
    clock.advance(hours: 8 * 24)
    fixture.engine.tick()
    fixture.engine.settle()
    #expect(await fixture.get(idle).status.code == 404)
  }

  /// A session that knows at most `max_pages` pages goes on deciding, names pages rightly in
  /// answers and their repeats, and survives a restart.
  @Test(arguments: ["owp", "lru", "gdsf-mean", "owp-frequency"])
  func pagesAreForgottenPastTheirBound(_ policy: String) async throws {
    let fixture = try ServiceFixture()
    let session = await open(
      fixture,
      ["capacity": 4, "seed": 1, "max_pages": 20, "states": 8, "policy": .string(policy)])
    var bodies: [(body: JSONValue, answer: [UInt8])] = []
    for round in 0..<30 {
      let pages = (0..<40).map { JSONValue.string("p\(round * 11 + $0 % 17)") }
      let body: JSONValue = ["seq": .integer(Int64(40 * round)), "pages": .array(pages)]
      let answer = await fixture.post(session + "/requests", body)
      try #require(answer.status == .ok, "\(answer.text)")
      var cache: Set<String> = []
      let decisions = answer.json["decisions"]?.arrayValue ?? []
      for (page, decision) in zip(pages, decisions) {
        #expect(decision["page"] == page)
        // Within a batch whatever was fetched stays until it is named as evicted.
        if decision["hit"] == false {
          #expect(!cache.contains(page.stringValue ?? ""))
          cache.insert(page.stringValue ?? "")
        }
        if let evicted = decision["evict"]?.stringValue { cache.remove(evicted) }
      }
      bodies.append((body, answer.body))
    }
    for (body, answer) in bodies {
      #expect(await fixture.post(session + "/requests", body).body == answer)
    }
    let view = await fixture.get(session).json
    #expect((view["pages"]?.integerValue ?? 99) <= 40, "\(view.serializedText())")
    let other = MemoryExchange(fixture.secondService())
    #expect(await other.send(.get, session).json == view)
  }
}
