/// How to compute a polar factor. Defaults are those of the interface; nil means "by the input".
public struct PolarSettings: Sendable, Hashable {
  /// Width of the arithmetic.
  public enum Precision: String, Sendable, CaseIterable {
    /// Float64 inside, whatever the input.
    case exact
    /// Float32 inside; singular values under about 2e-3 σ₁ are not brought to 1.
    case fast
  }
  /// What the input is divided by before an iteration.
  public enum Normalization: String, Sendable, CaseIterable {
    case frobenius
    /// The largest singular value: itself where the smaller side is at most 512, else an estimate
    /// times 1.01.
    case spectral
  }
  /// How much the result is checked.
  public enum Verification: String, Sendable, CaseIterable {
    /// Eight random vectors: O(rows · columns).
    case probe
    /// Exact norms: about a tenth of the work again.
    case full
    case none
  }
  /// On which side of G the inverse root is taken.
  public enum Side: String, Sendable, CaseIterable {
    case left
    case right
    /// Quarter roots on both.
    case both
  }
  /// How a polynomial is applied.
  public enum Form: String, Sendable, CaseIterable {
    /// X ← p(X Xᵀ) X.
    case plain
    /// On the small Gram matrix, with one restart: the same result for fewer operations.
    case gram
  }
  /// Parameters of `PolarMethod.sketch`.
  public struct Sketch: Sendable, Hashable {
    /// Dimension of the range found; nil: min(smaller side, 32).
    public var rank: Int?
    public var powerIterations: Int

    public init(rank: Int? = nil, powerIterations: Int = 1) {
      self.rank = rank
      self.powerIterations = powerIterations
    }
  }

  public var method = PolarMethod.auto
  public var precision = Precision.exact
  /// How many steps at most (polynomials: exactly, unless the tolerance is met before).
  public var steps: Int?
  /// The named schedule of `newtonSchulz`; nil: quintic.
  public var schedule: NewtonSchulzSchedule?
  /// Rows of coefficients in place of a schedule.
  public var coefficients: [[Double]]?
  /// 3 or 5, of `polarExpress`.
  public var degree = 5
  /// Of `polarExpress`: lower end of the singular values after normalization; nil: estimated.
  public var lowerBound: Double?
  public var side = Side.left
  /// Convergence order of the inverse root's iteration, 2...6.
  public var order = 2
  public var form = Form.plain
  public var normalization = Normalization.frobenius
  /// Largest deviation of a singular value from 1 aimed at; nil: 1e-6 (float32), 1e-12 (float64).
  public var tolerance: Double?
  /// Relative to σ₁: what lies above is brought to 1; nil: 1e-6 (float32), 1e-7 (float64).
  public var floor: Double?
  /// Relative to σ₁: what lies below counts as zero; nil: the floor (float32), or
  /// max(rows, columns) · 2⁻⁵² (float64).
  public var rankTolerance: Double?
  public var verification = Verification.probe
  public var sketch = Sketch()

  public init() {}

  /// Checks all ranges.
  ///
  /// - Throws: `invalidParameter`, named as in the interface.
  public func validate() throws(DualizationError) {
    func require(_ holds: Bool, _ name: String, _ reason: String) throws(DualizationError) {
      if !holds { throw .invalidParameter(name: name, reason: reason) }
    }
    if let steps { try require((1...10_000).contains(steps), "steps", "1 to 10000") }
    try require(degree == 3 || degree == 5, "degree", "3 or 5")
    try require((2...6).contains(order), "order", "2 to 6")
    if let lowerBound {
      try require(lowerBound > 0 && lowerBound < 1, "lower_bound", "between 0 and 1, exclusive")
    }
    if let tolerance {
      try require(tolerance > 0 && tolerance < 1, "tolerance", "between 0 and 1, exclusive")
    }
    if let floor {
      try require(floor >= 1e-8 && floor < 1, "floor", "at least 1e-8 and below 1")
    }
    if let rankTolerance {
      try require(
        rankTolerance >= 0 && rankTolerance < 1, "rank_tolerance", "at least 0 and below 1")
    }
    if let coefficients {
      try require(
        !coefficients.isEmpty && coefficients.count <= 1000, "coefficients", "1 to 1000 rows")
      try require(
        coefficients.allSatisfy { (1...16).contains($0.count) }, "coefficients",
        "each row has 1 to 16 numbers")
      try require(
        coefficients.allSatisfy { $0.allSatisfy(\.isFinite) }, "coefficients",
        "every number is finite")
      try require(schedule == nil, "coefficients", "not together with a schedule")
    }
    if let rank = sketch.rank { try require(rank >= 1, "sketch.rank", "at least 1") }
    try require(
      (0...20).contains(sketch.powerIterations), "sketch.power_iterations", "0 to 20")
  }
}
