import Compute
import TestSupport
import Testing
import WeightedPaging

/// Sessions that remember at most `maxPages` pages.
@Suite struct ForgettingTests {
  private func session(
    _ policy: PagingPolicy, maxPages: Int, capacity: Int = 6
  ) throws -> PagingSession {
    let weights: [String: Double] =
      policy.needsWeights
      ? Dictionary(uniqueKeysWithValues: (0..<200).map { ("\($0)", 0.01 + Double($0 % 9) / 10) })
      : [:]
    return try PagingSession(
      PagingSession.Configuration(
        engine: PagingEngine.Configuration(capacity: capacity, states: 16), policy: policy,
        seed: 4, weights: weights, maxPages: maxPages))
  }

  private static let online = PagingPolicy.allCases.filter { !$0.needsFuture }

  @Test(arguments: online)
  func aBoundNeverReachedChangesNothing(policy: PagingPolicy) throws {
    var bounded = try session(policy, maxPages: 4000)
    var free = try session(policy, maxPages: 0)
    var world = SessionWorld(seed: 12)
    for _ in 0..<60 {
      let batch = world.batch(free)
      let answer = try free.advance(batch)
      let other = try bounded.advance(batch)
      #expect(answer.decisions == other.decisions)
      world.take(answer)
    }
  }

  /// Names in answers are right while indices change their pages, the count stays near the bound,
  /// and a restored session goes on as the original.
  @Test(arguments: online)
  func indicesServeNewPages(policy: PagingPolicy) throws {
    var original = try session(policy, maxPages: 24)
    var restored = original
    var world = SessionWorld(seed: 9)
    var cache: Set<PageID> = []
    var (seen, most): (Set<PageID>, Int) = ([], 0)
    for step in 0..<200 {
      let batch = world.batch(original)
      let answer = try original.advance(batch)
      #expect(try restored.advance(batch) == answer, "step \(step)")
      var names = answer.names[...]
      for (page, decision) in zip(batch.pages, answer.decisions) {
        #expect(names.popFirst() == page)
        #expect(decision.hit == cache.contains(page), "\(policy) step \(step)")
        if decision.evicted >= 0 {
          let evicted = names.popFirst()
          cache.remove(try #require(evicted))
        }
        cache.insert(page)
        #expect(cache.count <= 6)
      }
      seen.formUnion(batch.pages)
      most = max(most, original.stats.pages)
      world.take(answer)
      restored = try PagingSession(snapshot: original.snapshot())
      #expect(restored.snapshot() == original.snapshot())
      if let violation = original.violations().first { Issue.record("\(step): \(violation)") }
    }
    #expect(seen.count > 60 && most < seen.count)
    // Pages still in part in a cache are kept beyond the bound: never many.
    #expect(most <= 3 * 24, "\(policy): \(most)")
  }

  @Test func aForgottenPagesTicketIsDiscarded() throws {
    var session = try session(.lru, maxPages: 2, capacity: 1)
    let answer = try session.advance(
      PagingBatch(seq: 0, pages: [1, 2, 3].map { PageID.integer($0) }))
    #expect(answer.decisions.map(\.ticket) == [0, 1, 2])
    #expect(session.index(of: .integer(1)) == nil)
    #expect(session.index(of: .integer(3)) == 0)
    let mean = try PagingSession(snapshot: session.snapshot())
    #expect(mean.stats == session.stats)
    let taken = try session.report([TicketCost(ticket: 0, cost: 1)])
    #expect(taken.discarded == 1 && taken.applied == 0)
    #expect(session.stats.costReported == 1)
  }

  @Test func theBoundIsAboveTheCapacity() {
    for bound in [1, 6, PagingSession.mostPages + 1] {
      #expect(throws: PagingSessionError.maxPages(bound, capacity: 6)) {
        try session(.owp, maxPages: bound)
      }
    }
  }

  /// Known weights beyond the scale: every bound still equals the weight.
  @Test func knownWeightsSurviveAGrowingScale() {
    var engine = PagingEngine(
      PagingEngine.Configuration(capacity: 2, maxCost: 1, knownWeights: true),
      random: RandomGenerator(seed: 1, stream: 0))
    for weight in [0.5, 3, 100, 0.25] {
      _ = engine.request(engine.addPage(weight: weight))
    }
    for (page, weight) in [0.5, 3, 100, 0.25].enumerated() {
      let view = engine.view(page)
      #expect(view.lower == weight && view.upper == weight, "page \(page): \(view)")
    }
    #expect(engine.violations().isEmpty)
  }
}
