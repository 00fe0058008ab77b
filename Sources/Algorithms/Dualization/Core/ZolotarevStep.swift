/// One step X ← M (X + Σⱼ aⱼ (X Xᵀ + cⱼ I)⁻¹ X): the best rational approximation of the sign
/// function of its degree on the singular values in [l, 1], in partial fractions.
///
/// With `poles` p its degree is 2p + 1. One pole gives the dynamically weighted Halley step. The
/// step maps [l, 1] onto [`lowerAfter`, 1]; composed, the degrees multiply, so that degrees 5 · 5 ·
/// 3 bring l = 1e-6 to 1 − 2e-10. Each pole costs one symmetric inverse, and the inverses of one
/// step are independent.
///
/// Source: Nakatsukasa and Freund, "Computing fundamental matrix decompositions accurately via the
/// matrix sign function in two iterations", SIAM Review 58 (2016), equations 3.5, 3.9 and 4.1; for
/// one pole Nakatsukasa, Bai and Gygi, SIAM J. Matrix Anal. Appl. 31 (2010), equation 3.17.
package struct ZolotarevStep: Sendable, Equatable {
  /// A term `weight` / (x² + `shift`).
  package struct Pole: Sendable, Equatable {
    package let shift: Double
    package let weight: Double
  }

  /// Ascending shifts, all above zero.
  package let poles: [Pole]
  /// M, which makes the largest value on [l, 1] equal 1.
  package let multiplier: Double
  package let lowerBefore: Double
  package let lowerAfter: Double

  package var degree: Int { 2 * poles.count + 1 }

  /// - Parameters:
  ///   - lower: l, in (0, 1).
  ///   - poles: how many, 1...8.
  package init(lower: Double, poles count: Int) {
    precondition(lower > 0 && lower < 1, "an interval within (0, 1)")
    precondition((1...8).contains(count), "one to eight poles")
    // c_i = l² (sn/cn)²(i K / (2p+1)); c_{2p+1-i} = l² / c_i, so only i ≤ p is computed.
    var c = [Double](repeating: 0, count: 2 * count)
    for i in 1...count {
      let tangent = EllipticFunctions.tangent(
        ofFraction: Double(i) / Double(2 * count + 1), complementary: lower)
      c[i - 1] = lower * lower * tangent * tangent
      c[2 * count - i] = 1 / (tangent * tangent)
    }
    let shifts = stride(from: 0, to: 2 * count, by: 2).map { c[$0] }
    let zeros = stride(from: 1, to: 2 * count, by: 2).map { c[$0] }
    poles = shifts.indices.map { j in
      var weight = 1.0
      for k in zeros.indices {
        weight *= zeros[k] - shifts[j]
        if k != j { weight /= shifts[k] - shifts[j] }
      }
      return Pole(shift: shifts[j], weight: weight)
    }
    func product(_ x: Double) -> Double {
      zip(zeros, shifts).reduce(x) { $0 * (x * x + $1.0) / (x * x + $1.1) }
    }
    multiplier = 1 / product(1)
    lowerBefore = lower
    lowerAfter = min(1, multiplier * product(lower))
  }

  /// The image of the singular value `x`.
  package func value(at x: Double) -> Double {
    multiplier * poles.reduce(x) { $0 + $1.weight * x / (x * x + $1.shift) }
  }

  /// The steps that bring [l, 1] to within `tolerance` of 1, given how many poles each may have.
  ///
  /// The cheapest sequence among all with at most `most` poles in a step, found by trying all. Its
  /// cost: each pole an inverse, each step but the last a product for R, but the first one for Q.
  package static func plan(
    lower: Double, tolerance: Double, most: Int = 3
  ) -> [ZolotarevStep] {
    func cost(_ poles: [Int]) -> Int { poles.reduce(0, +) + 2 * (poles.count - 1) }
    var best: (cost: Int, steps: [ZolotarevStep])?
    func extend(_ steps: [ZolotarevStep], lower: Double) {
      // Recentred by 2 / (1 + l), the largest deviation from 1 is half of 1 − l.
      if (1 - lower) / (1 + lower) <= tolerance {
        let price = cost(steps.map(\.poles.count))
        if price < best?.cost ?? .max { best = (price, steps) }
        return
      }
      if steps.count == 6 { return }
      for count in 1...most {
        let step = ZolotarevStep(lower: lower, poles: count)
        if let best, cost((steps + [step]).map(\.poles.count)) >= best.cost { continue }
        extend(steps + [step], lower: step.lowerAfter)
      }
    }
    extend([], lower: lower)
    return best?.steps ?? []
  }
}
