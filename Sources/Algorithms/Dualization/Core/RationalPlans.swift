import Synchronization

/// Plans of rational steps, kept: finding one takes as long as inverting a matrix of order 50.
enum RationalPlans {
  private struct Key: Hashable {
    let lower: Double
    let tolerance: Double
    let most: Int
  }

  private static let known = Mutex<[Key: [ZolotarevStep]]>([:])
  /// Entries beyond which all are forgotten: tolerances come from outside.
  private static let limit = 512

  /// The cheapest steps from [`lower`, 1]; from a little below it, so that few intervals differ.
  static func steps(lower: Double, tolerance: Double, most: Int) -> [ZolotarevStep] {
    let unit = Double(sign: .plus, exponent: lower.exponent, significand: 1)
    let rounded = (lower / unit * 16).rounded(.down) / 16 * unit
    let key = Key(lower: rounded, tolerance: tolerance, most: most)
    if let steps = known.withLock({ $0[key] }) { return steps }
    let steps = ZolotarevStep.plan(lower: rounded, tolerance: tolerance, most: most)
    known.withLock { plans in
      if plans.count >= limit { plans.removeAll() }
      plans[key] = steps
    }
    return steps
  }
}
