import Compute

/// A lower bound of the optimum for traces too long to solve as a whole: the trace is cut, each part
/// is solved exactly, and the parts' slot prices put end to end are a feasible dual solution of the
/// whole: saved weight <= (k-1) sum of prices + sum over intervals of max(0, w - its prices).
enum PricedBound {
  static func lowerBound(
    trace: [Int32], weights: [Double], capacity: Int, model: CostModel, exactWork: Int,
    context: ComputeContext
  ) throws(ComputationStopped) -> Double {
    let part = max(1024, exactWork / (8 * max(1, capacity - 1)))
    // prefix[s]: the sum of prices before request s.
    var prefix = [0.0]
    prefix.reserveCapacity(trace.count + 1)
    var first = 0
    while first < trace.count {
      let last = min(trace.count, first + part)
      let section = context.section(
        from: Double(first) / Double(trace.count), to: Double(last) / Double(trace.count))
      var line = IntervalFlow(
        trace: Array(trace[first..<last]), weights: weights, model: model)
      try line.saturate(units: capacity - 1, context: section)
      for price in line.prices() { prefix.append((prefix.last ?? 0) + price) }
      first = last
    }
    return value(trace, weights, capacity, model, prefix)
  }

  private static func value(
    _ trace: [Int32], _ weights: [Double], _ capacity: Int, _ model: CostModel,
    _ prefix: [Double]
  ) -> Double {
    var saved = Double(capacity - 1) * (prefix.last ?? 0)
    var total = 0.0
    var next = Array(repeating: trace.count, count: weights.count)
    for t in stride(from: trace.count - 1, through: 0, by: -1) {
      let page = Int(trace[t])
      let weight = weights[page]
      total += weight
      let later = next[page]
      next[page] = t
      if later < trace.count || model == .evict {
        saved += max(0, weight - (prefix[later] - prefix[t + 1]))
      }
    }
    return total - saved
  }
}
