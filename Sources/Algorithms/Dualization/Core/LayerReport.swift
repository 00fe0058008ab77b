/// What was done to one layer. Nil where a figure has no meaning for it.
public struct LayerReport: Sendable, Equatable {
  /// Figures of the one matrix, or the worst over the matrices of a convolution or of a split.
  public var polar: PolarReport?
  /// One for each matrix, where there are several.
  public var ranks: [Int?]?
  /// Embeddings: non-zero tokens; one matrix: its rank.
  public var rank: Int?
  /// The layer's dual norm of the gradient.
  public var dualNorm: Double
  public var dualNormInterval: ClosedRange<Double>?
  public var seconds: Double

  init(dualNorm: Double, seconds: Double) {
    self.dualNorm = dualNorm
    self.seconds = seconds
  }
}

extension PolarReport {
  /// The worse of both, figure by figure; lengths that add up are left to the caller.
  func worse(than other: PolarReport) -> PolarReport {
    var result = self
    result.steps = max(steps, other.steps)
    result.rank = nil
    result.floor = Self.larger(floor, other.floor)
    result.residual = Self.larger(residual, other.residual)
    result.isometry = Self.larger(isometry, other.isometry)
    result.sigmaMax = Self.larger(sigmaMax, other.sigmaMax)
    result.sigmaMin = Self.larger(sigmaMin.map { -$0 }, other.sigmaMin.map { -$0 }).map { -$0 }
    result.conditionEstimate = Self.larger(conditionEstimate, other.conditionEstimate)
    result.normalizer = Self.larger(normalizer, other.normalizer)
    result.asymmetry = Self.larger(asymmetry, other.asymmetry)
    result.capturedEnergy = Self.larger(
      capturedEnergy.map { -$0 }, other.capturedEnergy.map { -$0 }
    ).map { -$0 }
    if (other.stopReason?.severity ?? 0) > (stopReason?.severity ?? 0) {
      result.stopReason = other.stopReason
    }
    // A zero or one-row matrix is no example of the method.
    if other.steps > steps { result.reason = other.reason }
    return result
  }

  private static func larger(_ a: Double?, _ b: Double?) -> Double? {
    guard let a, let b else { return a ?? b }
    return max(a, b)
  }
}

extension PolarReport.StopReason {
  fileprivate var severity: Int {
    switch self {
    case .converged: 1
    case .stagnated: 2
    case .maxSteps: 3
    case .diverged: 4
    }
  }
}
