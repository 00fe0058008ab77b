import Glibc

/// The joint labelling of target and source for every penalty λ (arXiv 2410.21263).
///
/// With T, S `(n × K)` the negative log posteriors of each data set's own model, up to a constant
/// (-log density - log class weight), the labels minimise
///
///     Σ_i T[i][u_i] + S[i][v_i] + λ [u_i ≠ v_i].
///
/// Each subject is on its own, so the minimiser is closed-form. λ = 0 leaves the target alone,
/// λ = ∞ pools. A subject carries its pooled label exactly for λ ≥ its switch point, so the number
/// of labels that differ from the pooled ones is known for every λ after one pass.
public struct TransferObjective: Sendable {
  /// T: negative log posteriors of the target, `(n × K)`.
  public let target: ClassTable
  /// S: negative log posteriors of the source, `(n × K)`, classes aligned with the target's.
  public let source: ClassTable
  /// argmin T + S, the first of equals.
  public let pooledLabels: [Int]
  /// argmin T, the first of equals, but the pooled label where it ties.
  public let targetOnlyLabels: [Int]
  /// L_i: the smallest λ from which subject i has its pooled label.
  public let switchPoints: [Double]

  /// - Complexity: O(n K).
  public init(target: ClassTable, source: ClassTable) {
    precondition(
      target.subjects == source.subjects && target.classes == source.classes,
      "target and source label the same subjects with as many classes")
    self.target = target
    self.source = source
    var pooled = [Int](repeating: 0, count: target.subjects)
    var alone = pooled
    var switches = [Double](repeating: 0, count: target.subjects)
    Self.forEachSubject(target, source) { subject, best, own, switchPoint in
      pooled[subject] = best
      alone[subject] = own
      switches[subject] = switchPoint
    }
    pooledLabels = pooled
    targetOnlyLabels = alone
    switchPoints = switches
  }

  /// Each subject's pooled label, target-only label and switch point.
  @inline(__always)
  private static func forEachSubject(
    _ target: ClassTable, _ source: ClassTable, _ body: (Int, Int, Int, Double) -> Void
  ) {
    let k = target.classes
    target.values.withUnsafeBufferPointer { t in
      source.values.withUnsafeBufferPointer { s in
        for subject in 0..<target.subjects {
          let row = subject * k
          var (best, least) = (0, Double.infinity)
          var (own, leastOwn, leastOther) = (0, Double.infinity, Double.infinity)
          for label in 0..<k {
            let (a, b) = (t[row + label], s[row + label])
            if a + b < least { (best, least) = (label, a + b) }
            if a < leastOwn { (own, leastOwn) = (label, a) }
            leastOther = min(leastOther, b)
          }
          if t[row + best] == leastOwn { own = best }
          body(subject, best, own, own == best ? 0 : max(0, least - leastOwn - leastOther))
        }
      }
    }
  }

  /// `#{L_i > λ}` for each penalty of an ascending grid: how many target labels differ from the
  /// pooled ones, without the labels.
  ///
  /// - Complexity: O(n K + n log grid) time, O(grid) scratch.
  package static func mismatchesWithPooled(
    target: ClassTable, source: ClassTable, penalties: [Double]
  ) -> [Int32] {
    // A switch point beyond `count` penalties counts for these.
    var counts = [Int32](repeating: 0, count: penalties.count + 1)
    forEachSubject(target, source) { _, _, _, switchPoint in
      if switchPoint > 0 { counts[Self.rank(of: switchPoint, in: penalties)] += 1 }
    }
    for index in penalties.indices.reversed() { counts[index] += counts[index + 1] }
    return Array(counts.dropFirst())
  }

  /// How many numbers of an ascending list are below a value.
  static func rank(of value: Double, in ascending: [Double]) -> Int {
    var (low, high) = (0, ascending.count)
    while low < high {
      let middle = (low + high) / 2
      if ascending[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The target's labels at a penalty: argmin_u T[u] + min(S[u] - min S, λ). The pooled label from
  /// the stored switch point on (evaluating again could differ by rounding just there), the first
  /// index among other ties.
  public func targetLabels(at penalty: Double) -> [Int] {
    (0..<target.subjects).map { targetLabel(of: $0, at: penalty) }
  }

  /// The same of one subject.
  ///
  /// - Complexity: O(K).
  func targetLabel(of subject: Int, at penalty: Double) -> Int {
    if penalty >= switchPoints[subject] { return pooledLabels[subject] }
    // Two classes have one rival only.
    if penalty == 0 || target.classes == 2 { return targetOnlyLabels[subject] }
    let row = subject * target.classes
    var sourceLeast = Double.infinity
    for label in 0..<target.classes {
      sourceLeast = min(sourceLeast, source.values[row + label])
    }
    var best = targetOnlyLabels[subject]
    var least = Double.infinity
    for label in 0..<target.classes where label != pooledLabels[subject] {
      let cost =
        target.values[row + label] + min(source.values[row + label] - sourceLeast, penalty)
      if cost < least {
        least = cost
        best = label
      }
    }
    return best
  }

  /// The source's labels that go with the target's: argmin_v S[v] + λ [v ≠ u]; u where it ties.
  public func sourceLabels(at penalty: Double, target labels: [Int]) -> [Int] {
    let classes = source.classes
    return labels.enumerated().map { subject, own in
      let row = subject * classes
      var best = own
      for label in 0..<classes where label != own {
        let cost = source.values[row + label] + penalty
        let bestCost = source.values[row + best] + (best == own ? 0 : penalty)
        if cost < bestCost { best = label }
      }
      return best
    }
  }

  /// Σ T + S + λ · mismatches at a pair of labellings; without the last term for λ = ∞.
  public func value(at penalty: Double, target labels: [Int], source sourceLabels: [Int]) -> Double
  {
    var sum = 0.0
    var mismatches = 0
    for (subject, (u, v)) in zip(labels, sourceLabels).enumerated() {
      sum += target[subject, u] + source[subject, v]
      mismatches += u == v ? 0 : 1
    }
    return penalty.isFinite ? sum + penalty * Double(mismatches) : sum
  }

  /// How many target labels at λ differ from the pooled ones: `#{L_i > λ}`.
  public func mismatchesWithPooled(at penalty: Double) -> Int {
    switchPoints.count { $0 > penalty }
  }

  /// The posterior of the target's label under the pair prior ∝ exp(-λ [u ≠ v]):
  /// p(u) ∝ e^{-T_u} (M_u + (1 - M_u) e^{-λ}) with M = softmax(-S).
  ///
  /// Its largest class may in rare cases differ from the minimising label (sum against minimum).
  public func posterior(at penalty: Double) -> ClassTable {
    let classes = target.classes
    var result = ClassTable(subjects: target.subjects, classes: classes)
    let escape = exp(-penalty)
    for subject in 0..<target.subjects {
      let row = subject * classes
      let own = Self.softmaxOfNegative(target.values[row..<row + classes])
      let other = Self.softmaxOfNegative(source.values[row..<row + classes])
      var weights = zip(own, other).map { $0 * ($1 + (1 - $1) * escape) }
      let sum = weights.reduce(0, +)
      // With λ = ∞ and disjoint supports every weight can underflow: fall back to the logs' sum.
      if sum > 0 {
        for label in 0..<classes { weights[label] /= sum }
      } else {
        weights = Self.softmaxOfNegative(
          ArraySlice(
            (0..<classes).map { target.values[row + $0] + source.values[row + $0] }))
      }
      for label in 0..<classes { result.values[row + label] = weights[label] }
    }
    return result
  }

  static func softmaxOfNegative(_ costs: ArraySlice<Double>) -> [Double] {
    let least = costs.min() ?? 0
    var weights = costs.map { exp(least - $0) }
    let sum = weights.reduce(0, +)
    for label in weights.indices { weights[label] /= sum }
    return weights
  }
}
