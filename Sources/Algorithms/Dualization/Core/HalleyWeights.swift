#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Weights of the dynamically weighted Halley iteration x ← x (a + b x²) / (1 + c x²).
///
/// Source: Nakatsukasa, Bai and Gygi, SIAM J. Matrix Anal. Appl. 31 (2010), equation 3.17.
package struct HalleyWeights: Sendable, Equatable {
  package let a: Double
  package let b: Double
  package let c: Double
  /// Lower end of the interval after the step.
  package let lowerAfter: Double

  /// - Parameter lower: l, in (0, 1].
  package init(lower: Double) {
    let square = lower * lower
    let d = cbrt(4 * (1 - lower) * (1 + lower) / (square * square))
    let root = (1 + d).squareRoot()
    a = root + (8 - 4 * d + 8 * (2 - square) / (square * root)).squareRoot() / 2
    b = (a - 1) * (a - 1) / 4
    c = a + b - 1
    lowerAfter = min(1, lower * (a + b * square) / (1 + c * square))
  }

}
