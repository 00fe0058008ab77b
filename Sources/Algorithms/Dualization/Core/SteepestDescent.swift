/// The minimiser of ⟨g, d⟩ + (λ/2)‖d‖² over d: −(‖g‖*/λ) dualize(g), with minimum −‖g‖*²/(2λ).
///
/// Source: arXiv 2410.21265, proposition 1.
public struct SteepestDescent: Sendable, Equatable {
  /// The factor before dualize(g).
  public let scale: Double
  /// How much the model falls: ‖g‖*²/(2λ).
  public let predictedDecrease: Double

  /// - Parameter sharpness: λ, above zero.
  /// - Throws: `sharpnessNotPositive`; `numericalFailure` where the step leaves the range.
  public init(dualNorm: Double, sharpness: Double) throws(DualizationError) {
    guard sharpness > 0, sharpness.isFinite else { throw .sharpnessNotPositive(sharpness) }
    scale = -(dualNorm / sharpness)
    // In this order squares of 1e±150 stay in range where the result does.
    predictedDecrease = dualNorm / sharpness * dualNorm / 2
    guard scale.isFinite, predictedDecrease.isFinite else {
      throw .numericalFailure(
        code: "step_out_of_range", reason: "the step is beyond the range of float64")
    }
  }
}
