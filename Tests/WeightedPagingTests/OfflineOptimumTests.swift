import Compute
import JSON
import TestSupport
import Testing
import WeightedPaging

@Suite struct OfflineOptimumTests {
  /// Exhaustive search over which page to evict at each miss.
  private static func bruteForce(
    _ trace: [Int32], _ weights: [Double], _ capacity: Int, _ model: CostModel
  ) -> Double {
    var best: [Set<Int32>: Double] = [[]: 0]
    for page in trace {
      var next: [Set<Int32>: Double] = [:]
      func offer(_ cache: Set<Int32>, _ cost: Double) {
        next[cache] = min(next[cache] ?? .infinity, cost)
      }
      for (cache, cost) in best {
        if cache.contains(page) {
          offer(cache, cost)
          continue
        }
        let paid = model == .fetch ? cost + weights[Int(page)] : cost
        if cache.count < capacity { offer(cache.union([page]), paid) }
        for victim in cache where cache.count == capacity {
          offer(
            cache.subtracting([victim]).union([page]),
            model == .fetch ? paid : paid + weights[Int(victim)])
        }
      }
      best = next
    }
    return best.values.min() ?? 0
  }

  @Test(arguments: CostModel.allCases)
  func equalsExhaustiveSearchOnSixHundredSmallCases(model: CostModel) throws {
    for seed in UInt64(0)..<600 {
      var random = SplitMix64(seed: seed)
      let pages = 1 + random.below(6)
      let capacity = 1 + random.below(4)
      let trace = (0..<(1 + random.below(14))).map { _ in Int32(random.below(pages)) }
      let weights = (0..<pages).map { _ in
        random.below(4) == 0 ? 0.5 : 0.001 + random.uniform()
      }
      let expected = Self.bruteForce(trace, weights, capacity, model)
      let found = try OfflineOptimum.solve(
        trace: trace, weights: weights, capacity: capacity, model: model)
      #expect(found.exact)
      #expect(abs(found.cost - expected) < 1e-9, "seed \(seed): \(trace) \(weights) k=\(capacity)")
    }
  }

  @Test(arguments: CostModel.allCases)
  func boundOfLongTracesLiesJustBelowTheOptimum(model: CostModel) throws {
    let pages = try TraceGenerator.zipf(pages: 300, exponent: 0.8)
      .generate(length: 9000, random: RandomGenerator(seed: 3, stream: 0))
    let trace = PagingTrace(numbers: pages)
    let weights = (0..<trace.pageCount).map { 0.01 + Double($0 * 37 % 100) / 100 }
    let exact = try OfflineOptimum.solve(
      trace: trace.requests, weights: weights, capacity: 20, model: model)
    let bound = try OfflineOptimum.solve(
      trace: trace.requests, weights: weights, capacity: 20, model: model, exactWork: 100_000)
    #expect(exact.exact && !bound.exact)
    #expect(bound.cost <= exact.cost + 1e-9)
    #expect(bound.cost >= 0.9 * exact.cost)
  }

  @Test func stopsWhenAskedTo() {
    let monitor = StoppingMonitor(stopAt: 5)
    let trace = (0..<4000).map { Int32($0 * 7 % 53) }
    #expect(throws: ComputationStopped(reason: .cancelled)) {
      try OfflineOptimum.solve(
        trace: trace, weights: Array(repeating: 1, count: 53), capacity: 40, model: .fetch,
        context: ComputeContext(monitor: monitor))
    }
  }

  @Test(.enabled(if: Reference.has("offline"), "../shared is not here"))
  func optimaAndPoliciesAgreeWithTheReference() throws {
    for (index, item) in try Reference.cases("offline").enumerated() {
      let example = try OfflineExample(item)
      let name = "case \(index) \(example.name) k=\(example.capacity)"
      for (model, key) in [(CostModel.evict, "optEvict"), (.fetch, "optFetch")] {
        let found = try OfflineOptimum.solve(
          trace: example.trace.requests, weights: example.weights, capacity: example.capacity,
          model: model)
        let expected = try #require(item[key]?.doubleValue)
        #expect(abs(found.cost - expected) <= 1e-9 * max(1, expected), "\(name) \(key)")
      }
      try example.checkBelady(item, name)
      try example.checkPolicies(item, name)
    }
  }
}

/// One case of offline.json.
private struct OfflineExample {
  let name: String
  let capacity: Int
  let trace: PagingTrace
  let weights: [Double]

  init(_ item: JSONValue) throws {
    name = try #require(item["name"]?.stringValue)
    capacity = try #require(item.integer("k"))
    if let pages = item["trace"]?.integers {
      trace = PagingTrace(numbers: pages.map(Int64.init))
      let listed = try #require(item["weights"]?.doubles)
      weights = trace.numbers.map { listed[Int($0)] }
    } else {
      let parts = name.split(whereSeparator: { "[:]".contains($0) })
      let (first, last) = (try #require(Int(parts[1])), try #require(Int(parts[2])))
      let all = try #require(SharedTraces.pages(String(parts[0])))
      trace = PagingTrace(numbers: Array(all[first..<last]))
      weights = try PageWeights.formula.weights(
        for: trace, random: RandomGenerator(seed: 0, stream: 0))
    }
  }

  func checkBelady(_ item: JSONValue, _ name: String) throws {
    var simulation = PagingSimulation(
      trace: trace, weights: Array(repeating: 1, count: trace.pageCount),
      capacities: [capacity], policies: [.belady])
    simulation.comparesWithOptimum = false
    let row = try #require(try simulation.run(ComputeContext()).rows.first)
    #expect(row.misses == item["beladyMisses"]?.doubleValue, "\(name)")
    #expect(row.evictCost == item["beladyEvictions"]?.doubleValue, "\(name)")
  }

  func checkPolicies(_ item: JSONValue, _ name: String) throws {
    let names: [(PagingPolicy, String)] = [
      (.lru, "LRU"), (.fifo, "FIFO"), (.lfu, "LFU"), (.landlord, "GD"), (.gdsf, "GDSF"),
    ]
    var simulation = PagingSimulation(
      trace: trace, weights: weights, capacities: [capacity],
      policies: names.map(\.0) + [.marking])
    simulation.comparesWithOptimum = false
    simulation.replications = 200
    simulation.seed = 12
    let report = try simulation.run(ComputeContext())
    for (policy, key) in names {
      let row = try #require(report.rows.first { $0.policy == policy })
      let expected = try #require(item["baselines"]?[key])
      let fetch = try #require(expected["fetch"]?.doubleValue)
      let evict = try #require(expected["evict"]?.doubleValue)
      #expect(abs((row.fetchCost ?? 0) - fetch) <= 1e-9 * fetch, "\(name) \(key)")
      #expect(abs((row.evictCost ?? 0) - evict) <= 1e-9 * max(1, evict), "\(name) \(key)")
      #expect(row.misses == expected["misses"]?.doubleValue, "\(name) \(key)")
    }
    let marking = try #require(report.rows.first { $0.policy == .marking })
    let mean = try #require(item["baselines"]?["MARK"]?["meanFetch"]?.doubleValue)
    let error = try #require(item["baselines"]?["MARK"]?["se"]?.doubleValue)
    // Five joint standard errors; 23 cases.
    let spread = 5 * (error * error + marking.standardError * marking.standardError).squareRoot()
    #expect(abs((marking.fetchCost ?? 0) - mean) <= spread + 1e-9, "\(name) MARK")
  }
}
