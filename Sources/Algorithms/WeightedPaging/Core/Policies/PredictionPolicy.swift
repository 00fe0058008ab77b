import Compute

/// `owp-predictions` over a whole trace: each request comes with the predicted time of its page's
/// next one.
struct PredictionPolicy: OnlinePolicy {
  private var policy: SwitchedPolicy<PredictedNextPolicy>
  private let predictions: [Double]
  private var time = 0

  /// - Parameter predictions: one a request; empty: the true times.
  init(
    _ configuration: PagingEngine.Configuration, random: RandomGenerator, trace: [Int32],
    predictions: [Double]
  ) {
    policy = SwitchedPolicy(
      expert: PredictedNextPolicy(capacity: configuration.capacity),
      engine: PagingEngine(configuration, random: random),
      factor: SwitchedPolicyFactor.predictions)
    self.predictions = predictions.isEmpty ? Self.truth(trace) : predictions
  }

  mutating func addPage(weight: Double?) { policy.addPage(weight: weight) }

  mutating func serve(_ page: Int) -> Served {
    let next = predictions[time]
    time += 1
    policy.predict(next)
    return policy.serve(page)
  }

  mutating func observe(_ cost: Double, page: Int) -> SampleUse {
    policy.observe(cost, page: page)
  }

  private static func truth(_ trace: [Int32]) -> [Double] {
    var next: [Int32: Int] = [:]
    var times = Array(repeating: Double.infinity, count: trace.count)
    for t in stride(from: trace.count - 1, through: 0, by: -1) {
      if let later = next[trace[t]] { times[t] = Double(later) }
      next[trace[t]] = t
    }
    return times
  }
}
