public import Compute

/// What a cost is paid for.
public enum CostModel: String, Sendable, CaseIterable {
  /// On entering the cache, first fetches included.
  case fetch
  /// On leaving the cache; what is there at the end is free.
  case evict
}

/// The least cost of serving a whole trace with k slots, exactly.
///
/// After a request of p at t either p is kept until its next request (an interval that occupies a
/// slot strictly between) or its weight is paid. At most k - 1 kept intervals are open at a time.
/// The constraint matrix of intervals is totally unimodular, so the linear programme's value
/// equals the integral optimum for unit sizes.
///
/// Solved as a min-cost flow of k - 1 units along the time line: successive shortest paths with
/// potentials, O(k T log T). Sources: specs/paging.md, section 8; Ahuja, Magnanti, Orlin, "Network
/// Flows" (1993), section 9.7.
public struct OfflineOptimum: Sendable {
  /// The least cost; with `exact` false a lower bound of it.
  public let cost: Double
  public let exact: Bool
  /// For each request: it is paid for (fetched, or evicted afterwards) in one optimal schedule.
  /// Empty when the cost is only a bound.
  public let paid: [Bool]

  /// Work (requests × slots) up to which the optimum is computed exactly: about 40 s.
  public static let exactWork = 400_000_000

  /// - Parameters:
  ///   - trace: pages 0 ..< weights.count.
  ///   - weights: positive, one a page.
  ///   - capacity: k >= 1.
  /// - Throws: `ComputationStopped`; asked before every augmentation (milliseconds apart).
  public static func solve(
    trace: [Int32], weights: [Double], capacity: Int, model: CostModel,
    exactWork: Int = OfflineOptimum.exactWork, context: ComputeContext = ComputeContext()
  ) throws(ComputationStopped) -> OfflineOptimum {
    let distinct = Set(trace).count
    let slots = min(capacity, distinct) - 1
    if trace.count * max(1, slots) > exactWork {
      try context.checkpoint(1)
      let bound = DensityBound.lowerBound(
        trace: trace, weights: weights, capacity: capacity, model: model)
      return OfflineOptimum(cost: bound, exact: false, paid: [])
    }
    var line = IntervalFlow(trace: trace, weights: weights, model: model)
    try line.saturate(units: slots, context: context)
    try context.checkpoint(1)
    var paid = line.paid
    var cost = 0.0
    for (t, page) in trace.enumerated() where paid[t] { cost += weights[Int(page)] }
    if model == .fetch { paid = fetches(trace, keptAfter: paid) }
    return OfflineOptimum(
      cost: model == .fetch ? total(trace, weights, paid) : cost, exact: true, paid: paid)
  }

  /// From "not kept after t" to "fetched at t": a request is a fetch when it is a first one or when
  /// the interval that ends there was not kept.
  private static func fetches(_ trace: [Int32], keptAfter dropped: [Bool]) -> [Bool] {
    var last: [Int32: Int] = [:]
    return trace.indices.map { t in
      defer { last[trace[t]] = t }
      guard let before = last[trace[t]] else { return true }
      return dropped[before]
    }
  }

  private static func total(_ trace: [Int32], _ weights: [Double], _ paid: [Bool]) -> Double {
    var sum = 0.0
    for t in trace.indices where paid[t] { sum += weights[Int(trace[t])] }
    return sum
  }
}
