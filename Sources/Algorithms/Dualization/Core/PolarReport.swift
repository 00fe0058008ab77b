/// What was done to one matrix, how well, how long. Nil where a figure has no meaning.
///
/// Lengths (`nuclearNorm`, its interval, `normalizer`) are in units of the input; `sigmaMin`,
/// `sigmaMax`, `residual`, `isometry` are of the computed factor X.
public struct PolarReport: Sendable, Equatable {
  /// Why an iteration ended.
  public enum StopReason: String, Sendable {
    case converged
    case maxSteps = "max_steps"
    case stagnated
    case diverged
  }

  /// The method used, never `auto`.
  public var method: PolarMethod
  /// Why that method, in words.
  public var reason: String
  public var steps: Int
  /// Number of singular values above the rank tolerance; nil where the method does not count.
  public var rank: Int?
  /// Relative to σ₁: singular values from here on are brought to 1; nil for direct methods.
  public var floor: Double?
  /// ‖X Xᵀ − I‖_F / √m.
  public var residual: Double?
  /// ‖(X Xᵀ)² − X Xᵀ‖_F / √m: small also for a partial isometry.
  public var isometry: Double?
  public var sigmaMin: Double?
  public var sigmaMax: Double?
  /// Estimate of σ₁ / σ_rank of the input.
  public var conditionEstimate: Double?
  /// ⟨G, X⟩.
  public var nuclearNorm: Double
  /// Ends between which Σσ of the input lies; nil when X is not shown to be the polar factor.
  public var nuclearNormInterval: ClosedRange<Double>?
  public var stopReason: StopReason?
  /// What the input was divided by; nil for direct methods.
  public var normalizer: Double?
  /// ‖skew(X Gᵀ)‖_F / ‖G‖_F: zero for the polar factor.
  public var asymmetry: Double?
  /// Of a sketch: its share of ‖G‖_F².
  public var capturedEnergy: Double?
  public var seconds: Double

  public init(
    method: PolarMethod, reason: String, steps: Int = 0, rank: Int? = nil,
    nuclearNorm: Double = 0
  ) {
    self.method = method
    self.reason = reason
    self.steps = steps
    self.rank = rank
    self.nuclearNorm = nuclearNorm
    seconds = 0
  }
}
