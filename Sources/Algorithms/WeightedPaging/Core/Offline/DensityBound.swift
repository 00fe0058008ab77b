/// A lower bound of the optimum for traces too long to solve exactly, in O(T log T).
///
/// A kept interval saves its weight and takes its length out of (k-1) T slot-times. Filling that
/// space with the intervals of most weight per slot-time, the last one in part, saves at least what
/// any schedule saves. It is the dual solution with one price for every slot-time; known as PFOO-L
/// (Berger, Beckmann, Harchol-Balter, "Practical bounds on optimal caching with variable object
/// sizes", POMACS 2 (2018), section 4) for sizes in the place of weights.
enum DensityBound {
  static func lowerBound(
    trace: [Int32], weights: [Double], capacity: Int, model: CostModel
  ) -> Double {
    var total = 0.0
    var saved = 0.0
    var intervals: [(density: Double, length: Double)] = []
    var next = Array(repeating: trace.count, count: weights.count)
    for t in stride(from: trace.count - 1, through: 0, by: -1) {
      let page = Int(trace[t])
      let weight = weights[page]
      total += weight
      let later = next[page]
      next[page] = t
      guard later < trace.count || model == .evict else { continue }
      let length = Double(later - t - 1)
      if length == 0 { saved += weight } else { intervals.append((weight / length, length)) }
    }
    intervals.sort { $0.density > $1.density }
    var space = Double(capacity - 1) * Double(trace.count)
    for interval in intervals where space > 0 {
      let taken = min(space, interval.length)
      saved += interval.density * taken
      space -= taken
    }
    // Rounding must not lift the bound above the optimum.
    return max(0, total - saved - 1e-9 * total)
  }
}
