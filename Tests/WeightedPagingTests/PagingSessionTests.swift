import TestSupport
import Testing
import WeightedPaging

@Suite struct PagingSessionTests {
  static let online = PagingPolicy.allCases.filter { !$0.needsFuture }

  private func session(
    _ policy: PagingPolicy = .owp, mode: SampleMode = .owed, costModel: CostModel = .fetch,
    capacity: Int = 8, maxCost: Double = 1
  ) throws -> PagingSession {
    let weights: [String: Double] =
      policy.needsWeights
      ? Dictionary(uniqueKeysWithValues: (0..<50).map { ("\($0)", 0.01 * Double($0 + 1)) })
      : [:]
    return try PagingSession(
      PagingSession.Configuration(
        engine: PagingEngine.Configuration(capacity: capacity, mode: mode, maxCost: maxCost),
        policy: policy, costModel: costModel, seed: 42, weights: weights))
  }

  /// restore(snapshot) then any input == the uninterrupted run, decision for decision, and byte for
  /// byte in the snapshots that follow.
  @Test(arguments: online, CostModel.allCases)
  func restoredSessionGoesOnExactly(policy: PagingPolicy, costModel: CostModel) throws {
    var original = try session(policy, costModel: costModel, maxCost: 0.1)
    var restored = original
    var world = SessionWorld(seed: 8)
    for step in 0..<120 {
      let batch = world.batch(original)
      let answer = try original.advance(batch)
      let again = try restored.advance(batch)
      #expect(answer == again, "\(policy) step \(step)")
      guard answer == again else { return }
      world.take(answer)
      let bytes = original.snapshot()
      #expect(bytes == restored.snapshot(), "\(policy) step \(step)")
      if step % 3 == 0 { restored = try PagingSession(snapshot: bytes) }
    }
    #expect(original.view == restored.view)
  }

  @Test(arguments: SampleMode.allCases)
  func restoredSessionGoesOnExactlyInEveryMode(mode: SampleMode) throws {
    var original = try session(mode: mode)
    var restored = original
    var world = SessionWorld(seed: 18, names: true)
    for _ in 0..<150 {
      let batch = world.batch(original)
      let answer = try original.advance(batch)
      #expect(try restored.advance(batch) == answer)
      world.take(answer)
      restored = try PagingSession(snapshot: restored.snapshot())
    }
    #expect(original.snapshot() == restored.snapshot())
  }

  @Test func retriedBatchesGetTheFirstAnswer() throws {
    var session = try session()
    var world = SessionWorld(seed: 2)
    var sent: [(PagingBatch, PagingAnswer)] = []
    for _ in 0..<80 {
      let batch = world.batch(session)
      let answer = try session.advance(batch)
      world.take(answer)
      sent.append((batch, answer))
      let before = session.snapshot()
      for (old, first) in sent.suffix(PagingSession.answersKept) {
        #expect(try session.advance(old) == first)
      }
      #expect(session.snapshot() == before)
    }
    // The 65th from the end is forgotten; another body at an old place is no retry.
    #expect(throws: PagingSessionError.sequenceGap(next: session.next)) {
      try session.advance(sent[80 - 65].0)
    }
    var changed = sent[79].0
    changed.digest = [1]
    #expect(throws: PagingSessionError.sequenceGap(next: session.next)) {
      try session.advance(changed)
    }
    #expect(throws: PagingSessionError.sequenceGap(next: session.next)) {
      try session.advance(PagingBatch(seq: session.next + 1, pages: [.integer(1)]))
    }
  }

  @Test func ticketsAreUsedOnce() throws {
    var session = try session(capacity: 2)
    let answer = try session.advance(
      PagingBatch(seq: 0, pages: [.integer(5), .integer(6), .integer(5), .integer(7)]))
    #expect(answer.decisions.map(\.ticket) == [0, 1, -1, 2])
    #expect(answer.decisions[3].evicted >= 0)
    var taken = try session.report([
      TicketCost(ticket: 1, cost: 0.5), TicketCost(ticket: 1, cost: 0.5),
      TicketCost(ticket: 9, cost: 0.5), TicketCost(ticket: -1, cost: 0.5),
    ])
    #expect(taken.applied == 1 && taken.duplicate == 1 && taken.unknown == [9, -1])
    let before = session.snapshot()
    #expect(throws: PagingSessionError.ticketConflict(index: 1, ticket: 1)) {
      try session.report([TicketCost(ticket: 0, cost: 1), TicketCost(ticket: 1, cost: 0.25)])
    }
    #expect(throws: PagingSessionError.ticketConflict(index: 1, ticket: 0)) {
      try session.report([TicketCost(ticket: 0, cost: 1), TicketCost(ticket: 0, cost: 0.25)])
    }
    #expect(throws: PagingSessionError.cost(index: 0, .notPositive(0))) {
      try session.report([TicketCost(ticket: 0, cost: 0)])
    }
    #expect(session.snapshot() == before, "a refused call changes nothing")
    taken = try session.report([TicketCost(ticket: 0, cost: 7)])
    #expect(taken.applied == 1)
    #expect(session.view.engine?.maxCost == 8)
    #expect(session.stats.costReported == 7.5)
  }

  @Test func reportingNeverChangesThePhysicalCache() throws {
    var session = try session()
    var world = SessionWorld(seed: 5)
    for _ in 0..<60 {
      let batch = world.batch(session)
      let answer = try session.advance(batch)
      let ids = (0..<60).map { PageID.integer(Int64($0)) }
      let before = ids.map { session.state(of: $0)?.present }
      _ = try session.report(
        answer.decisions.filter { $0.ticket >= 0 }.map {
          TicketCost(ticket: $0.ticket, cost: 0.3 + 0.2 * Double($0.page % 3))
        })
      #expect(ids.map { session.state(of: $0)?.present } == before)
    }
  }

  @Test func probesAreAskedForInModeInterfaceOnly() throws {
    var session = try session(mode: .interface)
    let first = try session.advance(PagingBatch(seq: 0, pages: [.integer(1)]))
    // The first fetch is consumed at once; the cure asks for one more.
    #expect(first.probes.map(\.ticket) == [1])
    _ = try session.report([
      TicketCost(ticket: 0, cost: 0.5), TicketCost(ticket: 1, cost: 0.25),
    ])
    let second = try session.advance(PagingBatch(seq: 1, pages: [.integer(1)]))
    #expect(second.probes.isEmpty)
    #expect(session.state(of: .integer(1))?.engine?.samples == 1)
  }

  @Test func refusesWhatDoesNotGoTogether() throws {
    let engine = PagingEngine.Configuration(capacity: 4)
    for policy in [PagingPolicy.belady, .opt, .bbn, .landlord] {
      #expect(throws: PagingSessionError.self) {
        try PagingSession(
          PagingSession.Configuration(engine: engine, policy: policy, seed: 1))
      }
    }
    var session = try session()
    #expect(throws: PagingSessionError.batchSize(0)) {
      try session.advance(PagingBatch(seq: 0, pages: []))
    }
    let large = Array(repeating: PageID.integer(1), count: PagingSession.largestBatch)
    #expect(throws: PagingSessionError.batchSize(10_001)) {
      try session.advance(PagingBatch(seq: 0, pages: large + [.integer(1)]))
    }
    _ = try session.advance(PagingBatch(seq: 0, pages: large))
    #expect(throws: PagingSessionError.mixedPageKinds(index: 1)) {
      try session.advance(PagingBatch(seq: 10_000, pages: [.integer(1), .string("a")]))
    }
    #expect(throws: PagingSessionError.predictions("the policy owp takes no predictions")) {
      try session.advance(PagingBatch(seq: 10_000, pages: [.integer(1)], predictions: [1]))
    }
  }

  @Test func longestNameIsTakenAndOneByteMoreRefused() throws {
    var session = try session()
    let name = String(repeating: "n", count: PageID.longest)
    _ = try session.advance(PagingBatch(seq: 0, pages: [.string(name)]))
    #expect(throws: PagingSessionError.pageTooLong(index: 0)) {
      try session.advance(PagingBatch(seq: 1, pages: [.string(name + "n")]))
    }
  }

  @Test func copiesAreIndependent() throws {
    let start = try session()
    let batch = PagingBatch(seq: 0, pages: (0..<20).map { .integer($0) })
    let (after, answer) = try start.advanced(by: batch)
    #expect(start.next == 0 && after.next == 20 && answer.next == 20)
    #expect(try start.advanced(by: batch).answer == answer)
  }
}
