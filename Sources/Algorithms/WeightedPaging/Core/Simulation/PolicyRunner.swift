import Compute

/// What one run of one policy cost.
struct PagingRun: Sendable {
  var requests = 0
  var fetchCost = 0.0
  var evictCost = 0.0
  var misses = 0
  var probes = 0
  var probeCost = 0.0
  var seconds = 0.0
  var curve: [Double] = []
  /// The engine's own figures, where the policy is one.
  var engine: EngineFigures?

  struct EngineFigures: Sendable {
    var fractionalCost = 0.0
    var owedMost = 0
    var quanta = 0
    var swaps = 0
    var rescales = 0
  }
}

/// Drives one policy through a trace: draws the measured costs, counts the true ones.
struct PolicyRunner: Sendable {
  let trace: PagingTrace
  let weights: [Double]
  let costModel: CostModel
  let samples: CostSamples
  let maxCost: Double
  let curvePoints: Int
  let progress: SharedProgress
  let sampling: RandomGenerator

  /// Requests between two checkpoints: about 10 ms of the slowest policy.
  private static let block = 1024

  func run(
    _ policy: PagingPolicy, _ engine: PagingEngine.Configuration, predictions: [Double],
    coins: RandomGenerator
  ) throws(ComputationStopped) -> PagingRun {
    let capacity = engine.capacity
    let bits = RandomBits(coins)
    switch policy {
    case .lru, .fifo:
      var cache = RecencyPolicy(capacity: capacity, renews: policy == .lru)
      return try drive(&cache)
    case .marking:
      var cache = MarkingPolicy(capacity: capacity, random: bits)
      return try drive(&cache)
    case .lfu, .landlord, .landlordMean, .gdsf, .gdsfMean, .randomisedGreedyDual:
      var cache = PriorityPolicy(policy, capacity: capacity, knowsWeights: true, random: bits)
      return try drive(&cache)
    case .bbn, .owp:
      var cache = PagingEngine(engine, random: coins)
      var run = try drive(&cache)
      run.engine = figures(cache)
      return run
    case .owpPredictions:
      var cache = PredictionPolicy(
        engine, random: coins, trace: trace.requests, predictions: predictions)
      return try drive(&cache)
    case .owpFrequency:
      var cache = SwitchedPolicy(
        expert: FrequencyPolicy(capacity: capacity),
        engine: PagingEngine(engine, random: coins), factor: SwitchedPolicyFactor.frequency)
      return try drive(&cache)
    case .belady, .opt:
      var cache = BeladyPolicy(
        capacity: capacity, trace: trace.requests, pages: trace.pageCount)
      return try drive(&cache)
    }
  }

  /// Generic so that each policy's loop is specialised.
  @inline(never)
  private func drive<Policy: OnlinePolicy>(
    _ policy: inout Policy
  ) throws(ComputationStopped) -> PagingRun {
    var run = PagingRun()
    var random = sampling
    var known = 0
    var recorder = CurveRecorder(points: curvePoints, requests: trace.requests.count)
    let clock = ContinuousClock()
    let start = clock.now
    var first = 0
    while first < trace.requests.count {
      let last = min(trace.requests.count, first + Self.block)
      for t in first..<last {
        let page = Int(trace.requests[t])
        if page == known {
          policy.addPage(weight: weights[page])
          known += 1
        }
        let served = policy.serve(page)
        if !served.hit { pay(served, page, &policy, &run, &random) }
        if served.probes > 0 { probe(served.probes, page, &policy, &run, &random) }
        if curvePoints > 0 {
          recorder.record(t, costModel == .fetch ? run.fetchCost : run.evictCost)
        }
      }
      try progress.advance(by: last - first)
      first = last
    }
    run.requests = trace.requests.count
    run.seconds = (clock.now - start).inSeconds
    run.curve = recorder.values
    return run
  }

  @inline(__always)
  private func pay<Policy: OnlinePolicy>(
    _ served: Served, _ page: Int, _ policy: inout Policy, _ run: inout PagingRun,
    _ random: inout RandomGenerator
  ) {
    run.misses += 1
    run.fetchCost += weights[page]
    var measured = page
    if served.evicted >= 0 { run.evictCost += weights[served.evicted] }
    if costModel == .evict {
      guard served.evicted >= 0 else { return }
      measured = served.evicted
    }
    let cost = samples.draw(weights[measured], scale: maxCost, random: &random)
    policy.observe(cost, page: measured)
  }

  private func probe<Policy: OnlinePolicy>(
    _ count: Int, _ page: Int, _ policy: inout Policy, _ run: inout PagingRun,
    _ random: inout RandomGenerator
  ) {
    for _ in 0..<count {
      run.probes += 1
      run.probeCost += weights[page]
      policy.observe(
        samples.draw(weights[page], scale: maxCost, random: &random), page: page)
    }
  }

  private func figures(_ engine: PagingEngine) -> PagingRun.EngineFigures {
    var figures = PagingRun.EngineFigures()
    for page in 0..<engine.pageCount {
      figures.fractionalCost += engine.view(page).moved * weights[page]
    }
    figures.owedMost = engine.counters.owedMost
    figures.quanta = engine.counters.quanta
    figures.swaps = engine.counters.swaps
    figures.rescales = engine.counters.rescales
    return figures
  }
}

/// Cumulative cost after evenly spaced numbers of requests, the last one after all.
struct CurveRecorder {
  /// Requests served at each point.
  let times: [Int]
  private(set) var values: [Double] = []

  init(points: Int, requests: Int) {
    times = (0..<points).map { (($0 + 1) * requests) / points }
  }

  @inline(__always)
  mutating func record(_ t: Int, _ cost: Double) {
    while values.count < times.count, times[values.count] <= t + 1 { values.append(cost) }
  }
}
