import Compute
import TestSupport
import Testing
import WeightedPaging

@Suite struct PagingEngineTests {
  /// Small caches, few pages, every mode: the invariants after every request, and a physical cache
  /// that never fetches a page more often than the virtual one.
  @Test(arguments: SampleMode.allCases, [UInt64](0..<8))
  func invariantsHoldAfterEveryRequest(mode: SampleMode, seed: UInt64) {
    var world = EngineWorld(seed: 1000 + seed) { $0.mode = mode }
    for t in 0..<4200 {
      let page = world.nextPage()
      world.serve(page)
      let violations = world.engine.violations()
      #expect(violations.isEmpty, "seed \(seed) \(mode) t=\(t): \(violations)")
      #expect(world.engine.isPresent(page) && world.engine.isVirtuallyPresent(page))
      guard violations.isEmpty else { return }
    }
    for page in 0..<world.engine.pageCount {
      #expect(world.physicalFetches[page] <= world.virtualFetches[page], "page \(page)")
    }
  }

  @Test(arguments: [8, 16, 32, 128, 256])
  func invariantsHoldForEveryNumberOfStates(states: Int) {
    var world = EngineWorld(seed: 77) {
      $0.states = states
      $0.capacity = 7
    }
    for _ in 0..<1500 {
      world.serve(world.nextPage())
      let violations = world.engine.violations()
      #expect(violations.isEmpty, "\(violations)")
      guard violations.isEmpty else { return }
    }
  }

  @Test func invariantsHoldWithKnownWeights() {
    var world = EngineWorld(seed: 5) {
      $0.knownWeights = true
      $0.capacity = 5
    }
    for _ in 0..<4000 {
      world.serve(world.nextPage())
      let violations = world.engine.violations()
      #expect(violations.isEmpty, "\(violations)")
      guard violations.isEmpty else { return }
    }
  }

  @Test func invariantsHoldWhileTheScaleGrows() {
    var world = EngineWorld(seed: 21) { $0.maxCost = 1e-3 }
    for _ in 0..<3000 {
      world.serve(world.nextPage())
      let violations = world.engine.violations()
      #expect(violations.isEmpty, "\(violations)")
      guard violations.isEmpty else { return }
    }
    #expect(world.engine.counters.rescales >= 9)
    #expect(world.engine.maxCost >= 1 - 1e-9)
  }

  /// With a sample in every slot the fast engine is the exact solver on grid rates.
  @Test(arguments: [UInt64](0..<12))
  func fractionsAgreeWithTheExactSolver(seed: UInt64) {
    var world = EngineWorld(seed: 300 + seed) {
      $0.mode = .interface
      $0.rule = seed % 2 == 0 ? .kl : .paper
    }
    var solver = FractionalSolver(
      capacity: world.engine.configuration.capacity, pages: EngineWorld.pages,
      rule: world.engine.configuration.rule, scale: ConfidenceScale(pages: 2, horizon: 2),
      roundsRates: true)
    var used = Array(repeating: 0, count: EngineWorld.pages)
    for t in 0..<600 {
      let page = world.nextPage()
      world.serve(page)
      solver.scale = ConfidenceScale(
        pages: world.engine.assumedPages, horizon: world.engine.assumedHorizon)
      _ = solver.request(page) { page in
        defer { used[page] += 1 }
        return world.samples[page][used[page]]
      }
      for p in 0..<world.engine.pageCount {
        let difference = abs(world.engine.missing(p) - solver.pages[p].missing)
        #expect(difference < 1e-8, "seed \(seed) t=\(t) page \(p)")
        guard difference < 1e-8 else { return }
      }
    }
  }

  @Test func interfaceModeKeepsASampleInEverySlot() {
    var world = EngineWorld(seed: 9) { $0.mode = .interface }
    for _ in 0..<5000 { world.serve(world.nextPage()) }
    #expect(world.engine.counters.owed == 0)
    #expect(world.probes > 0)
  }

  /// The exact distribution over the exact solution: consistency and balance hold with no slack,
  /// and the production form stays within a quantum of the same marginals.
  @Test(arguments: [UInt64](0..<3))
  func explicitDistributionStaysConsistentAndBalanced(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let weights = (0..<10).map { _ in 0.01 + 0.99 * random.uniform() * random.uniform() }
    var solver = FractionalSolver(
      capacity: 4, pages: 10, rule: .kl, scale: ConfidenceScale(pages: 10, horizon: 20),
      knownWeights: weights)
    var distribution = ExplicitDistribution(capacity: 4, pages: 10)
    let levels = weights.map { RoundingLevel.index(of: $0) }
    for t in 0..<250 {
      let page = min(random.below(10), random.below(10))
      _ = solver.request(page) { _ in 1 }
      distribution.follow(
        request: page, y: solver.pages.map(\.missing), levels: levels)
      let violations = distribution.violations()
      #expect(violations.isEmpty, "seed \(seed) t=\(t): \(violations)")
      guard violations.isEmpty else { return }
    }
  }

  @Test func sameSeedSameDecisions() {
    var first = EngineWorld(seed: 4) { _ in }
    var second = EngineWorld(seed: 4) { _ in }
    for _ in 0..<2000 {
      first.serve(first.nextPage())
      second.serve(second.nextPage())
    }
    #expect(first.decisions == second.decisions)
    var third = EngineWorld(seed: 4, coins: 99) { _ in }
    for _ in 0..<2000 { third.serve(third.nextPage()) }
    #expect(first.decisions != third.decisions)
  }

  @Test func refusesCostsThatCannotBeUsed() {
    var engine = PagingEngine(
      PagingEngine.Configuration(capacity: 2), random: RandomGenerator(seed: 1, stream: 1))
    let page = engine.addPage()
    _ = engine.request(page)
    for cost in [0, -1, Double.nan, .infinity] {
      #expect(throws: PagingEngine.SampleError.self) { try engine.report(cost, page: page) }
    }
    #expect(throws: PagingEngine.SampleError.beyondScale(0x1p41, largest: 0x1p40)) {
      try engine.report(0x1p41, page: page)
    }
    #expect(throws: Never.self) { try engine.report(0x1p40, page: page) }
    #expect(engine.maxCost == 0x1p40)
  }
}
