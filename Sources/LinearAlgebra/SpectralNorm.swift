public import Compute

/// What power iteration found of ‖A‖₂.
public struct SpectralNormEstimate: Sendable, Equatable {
  /// A lower bound of ‖A‖₂ but for rounding; right to about `tolerance` when it converged.
  public let value: Double
  /// Products with AᵀA.
  public let steps: Int
  /// Whether the last step changed the value by less than the tolerance asked for.
  public let isConverged: Bool
}

extension Matrix {
  /// Largest singular value of A (m × n) by power iteration on AᵀA from a random start.
  ///
  /// 4mn flops a step; a gap σ₂/σ₁ = 1 - g needs some ln(1/tolerance)/(2g) steps, a small gap costs
  /// accuracy in the vector, not in the value. Indifferent to the scale of A. Random numbers:
  /// `stream` of the context's seed.
  ///
  /// - Throws: `.stopped`; `.failed(nonFinite)`.
  public func spectralNormEstimate(
    tolerance: Double = 1e-3, maximumSteps: Int = 200, stream: UInt64 = 0,
    in context: ComputeContext = ComputeContext()
  ) throws(InterruptibleError) -> SpectralNormEstimate {
    try fallible { () throws(LinearAlgebraError) in try requireFinite() }
    let most = maximumMagnitude
    guard most > 0 else { return SpectralNormEstimate(value: 0, steps: 0, isConverged: true) }
    var generator = context.generator(stream: stream)
    var x = (0..<columns).map { _ in Scalar(generator.normal()) }
    // The vector carries the scale away, so that no product leaves the range.
    let downscale = Double(sign: .plus, exponent: -min(most.exponent, 1021), significand: 1)
    var value = 0.0
    for step in 1...max(1, maximumSteps) {
      try stoppable { () throws(ComputationStopped) in try context.checkpoint() }
      Self.normalize(&x, to: downscale)
      var y = times(x)
      let before = value
      value = Self.norm(y)
      guard value > 0 else { break }
      if step > 1, value - before <= tolerance * value {
        return SpectralNormEstimate(value: value / downscale, steps: step, isConverged: true)
      }
      Self.normalize(&y, to: downscale)
      x = transposedTimes(y)
    }
    return SpectralNormEstimate(
      value: value / downscale, steps: max(1, maximumSteps), isConverged: false)
  }

  private static func norm(_ x: [Scalar]) -> Double {
    Matrix(rows: 1, columns: x.count, elements: x).frobeniusNorm
  }

  private static func normalize(_ x: inout [Scalar], to length: Double) {
    let factor = Scalar(length / norm(x))
    for index in x.indices { x[index] *= factor }
  }
}
