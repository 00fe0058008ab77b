public import Compute
public import LinearAlgebra

/// A matrix to its polar factor U Vᵀ, with a report of what was done and how well.
///
/// Zero gives zero; a single row or column is divided by its length; everything else is divided by
/// a power of two and goes to the method of the settings. Results depend on the input, the settings
/// and the context's seed only, never on its threads.
public struct PolarSolver: Sendable {
  public let settings: PolarSettings

  /// - Throws: `invalidParameter`.
  public init(_ settings: PolarSettings = PolarSettings()) throws(DualizationError) {
    try settings.validate()
    self.settings = settings
  }

  /// X ≈ U Vᵀ of G (any shape with elements), of G's width and shape.
  ///
  /// - Throws: `nonFinite`, `empty`, `methodNotApplicable`, `numericalFailure`, `stopped`.
  public func polar<Scalar: Real>(
    of g: Matrix<Scalar>, in context: ComputeContext = ComputeContext()
  ) throws(DualizationError) -> PolarFactor<Scalar> {
    guard g.count > 0 else { throw .empty(shape: [g.rows, g.columns]) }
    let largest = g.maximumMagnitude
    if !largest.isFinite {
      do throws(LinearAlgebraError) {
        try g.requireFinite()
      } catch {
        guard case .nonFinite(let row, let column) = error else { throw .nonFinite(index: []) }
        throw .nonFinite(index: [row, column])
      }
    }
    let clock = ContinuousClock()
    let start = clock.now
    var result = try solve(g, largest: largest, in: context)
    let took = clock.now - start
    result.1.seconds = Double(took.components.seconds) + Double(took.components.attoseconds) * 1e-18
    guard result.1.nuclearNorm.isFinite else {
      throw .numericalFailure(
        code: "norm_out_of_range", reason: "the dual norm is beyond the range of float64")
    }
    return PolarFactor(matrix: result.0, report: result.1)
  }

  // MARK: Choice

  /// The method `auto` takes for this width, and why.
  public static func choice(
    _ settings: PolarSettings, isDouble: Bool
  ) -> (method: PolarMethod, reason: String) {
    guard settings.method == .auto else { return (settings.method, "as asked") }
    if settings.precision == .fast {
      return (.gramHalley, "fast precision: rational steps on the Gram matrix in float32")
    }
    return isDouble
      ? (.exact, "float64 input: Gram methods would lose eps times the condition squared")
      : (.gramHalley, "float32 or narrower input: exact in float64 through the Gram matrix")
  }

  private func solve<Scalar: Real>(
    _ g: Matrix<Scalar>, largest: Double, in context: ComputeContext
  ) throws(DualizationError) -> (Matrix<Scalar>, PolarReport) {
    let isDouble = Scalar.self == Double.self
    let (method, reason) = Self.choice(settings, isDouble: isDouble)
    if largest == 0 {
      var report = PolarReport(method: method, reason: "the matrix is zero", rank: 0)
      report.nuclearNormInterval = 0...0
      (report.residual, report.isometry, report.sigmaMin, report.sigmaMax) = (1, 0, 0, 0)
      return (g, report)
    }
    if method != .frobenius, !isPolynomial(method), g.rows == 1 || g.columns == 1 {
      return closedForm(g, largest: largest, method, in: context)
    }
    let limits = Limits(settings, method, isDouble: isDouble, rows: g.rows, columns: g.columns)
    if settings.precision == .fast, isPolynomial(method) || method == .gramHalley {
      return try fast(g, largest, method, reason, limits, in: context)
    }
    if method == .gramHalley {
      let input: any HalleyInput =
        (g as? Matrix<Float>).map { NarrowMatrix($0, largest: largest) }
        ?? ScaledMatrix<Double>(g, largest: largest, in: context)
      return try gramHalley(input, g, largest, reason, limits, in: context)
    }
    let scaled = ScaledMatrix<Double>(g, largest: largest, in: context)
    var report = PolarReport(method: method, reason: reason)
    let factor: Matrix<Scalar>
    var nuclear: Double?
    let work = context.section(from: 0, to: 0.9)
    switch method {
    case .auto, .exact, .gramHalley:
      let outcome = try ExactPolar.polar(
        of: scaled.matrix, rankTolerance: limits.cut, in: work)
      record(outcome, &report)
      nuclear = outcome.nuclearNorm
      factor = Matrix(converting: outcome.factor)
    case .newtonSchulz, .polarExpress:
      factor = Matrix(
        converting: try polynomial(scaled, method, limits, &report, in: work))
    case .inverseRoot:
      let outcome = try InverseRootPolar.polar(
        of: scaled.matrix, side: settings.side, order: settings.order,
        tolerance: limits.tolerance, floor: limits.floor, maximumSteps: settings.steps, in: work)
      (report.steps, report.stopReason) = (outcome.steps, outcome.stopReason)
      report.floor = limits.floor
      factor = Matrix(converting: outcome.factor)
    case .sketch:
      let outcome = try SketchedPolar.polar(
        of: scaled.matrix, rank: settings.sketch.rank ?? 32,
        powerIterations: settings.sketch.powerIterations, rankTolerance: limits.cut,
        in: work)
      (report.rank, report.capturedEnergy) = (outcome.rank, outcome.capturedEnergy)
      factor = Matrix(converting: outcome.factor)
    case .frobenius:
      return frobenius(scaled, reason)
    }
    try check(factor, g, scaled.exponent, nuclear, &report, in: context.section(from: 0.9, to: 1))
    return (factor, report)
  }

  private func gramHalley<Scalar: Real>(
    _ input: some HalleyInput, _ g: Matrix<Scalar>, _ largest: Double, _ reason: String,
    _ limits: Limits, in context: ComputeContext
  ) throws(DualizationError) -> (Matrix<Scalar>, PolarReport) {
    var report = PolarReport(method: .gramHalley, reason: reason)
    let outcome: GramHalley.Outcome<Scalar> = try limits.gramHalley(settings).polar(
      of: input, as: Scalar.self, in: context.section(from: 0, to: 0.9))
    record(outcome, input.unscaled(outcome.normalizer), &report)
    try check(
      outcome.factor, g, Int(largest.exponent), nil, &report,
      in: context.section(from: 0.9, to: 1))
    return (outcome.factor, report)
  }

  private func isPolynomial(_ method: PolarMethod) -> Bool {
    method == .newtonSchulz || method == .polarExpress
  }

  // MARK: Closed forms

  /// A single row or column: g / ‖g‖, the sign where there is one entry.
  private func closedForm<Scalar: Real>(
    _ g: Matrix<Scalar>, largest: Double, _ method: PolarMethod, in context: ComputeContext
  ) -> (Matrix<Scalar>, PolarReport) {
    let scaled = ScaledMatrix<Double>(g, largest: largest, in: context)
    let length = scaled.matrix.frobeniusNorm
    var unit = scaled.matrix
    unit.withMutableElements { entries in
      for i in entries.indices { entries[i] /= length }
    }
    var report = PolarReport(
      method: method, reason: "one row or column: divided by its length", rank: 1,
      nuclearNorm: scaled.unscaled(length))
    let bound = 1e-6
    report.nuclearNormInterval =
      report.nuclearNorm * (1 - 1e-15)...report.nuclearNorm * (1 + 1e-15)
    let square = unit.sumOfSquares
    report.residual = abs(square - 1) <= bound ? abs(square - 1) : 1
    report.isometry = abs(square * square - square)
    report.sigmaMin = square.squareRoot()
    report.sigmaMax = square.squareRoot()
    report.conditionEstimate = 1
    report.stopReason = .converged
    return (Matrix(converting: unit), report)
  }

  private func frobenius<Scalar: Real>(
    _ g: ScaledMatrix<Double>, _ reason: String
  ) -> (Matrix<Scalar>, PolarReport) {
    let length = g.matrix.frobeniusNorm
    var report = PolarReport(
      method: .frobenius,
      reason: reason + "; the Euclidean duality map, its dual norm is the Frobenius norm",
      nuclearNorm: g.unscaled(length))
    report.normalizer = g.unscaled(length)
    return (Matrix(converting: g.matrix.scaled(by: 1 / length)), report)
  }

  // MARK: Iterations

  private func record(_ outcome: ExactPolar.Outcome, _ report: inout PolarReport) {
    (report.rank, report.conditionEstimate) = (outcome.rank, outcome.condition)
    guard outcome.steps > 0 else { return }
    (report.steps, report.stopReason) = (outcome.steps, .converged)
    report.reason +=
      "; by the weighted Halley iteration (QDWH) above order \(ExactPolar.decomposed)"
  }

  private func record<Scalar>(
    _ outcome: GramHalley.Outcome<Scalar>, _ normalizer: Double, _ report: inout PolarReport
  ) {
    report.steps = outcome.steps
    report.rank = outcome.rank
    report.floor = outcome.floor
    report.conditionEstimate = outcome.condition
    report.stopReason = outcome.stopReason
    report.normalizer = normalizer
  }

  private func fast<Scalar: Real>(
    _ g: Matrix<Scalar>, _ largest: Double, _ method: PolarMethod, _ reason: String,
    _ limits: Limits, in context: ComputeContext
  ) throws(DualizationError) -> (Matrix<Scalar>, PolarReport) {
    let scaled = ScaledMatrix<Float>(g, largest: largest, in: context)
    var report = PolarReport(method: method, reason: reason)
    let factor: Matrix<Float>
    let work = context.section(from: 0, to: 0.9)
    if method == .gramHalley {
      let outcome = try limits.gramHalley(settings).fastPolar(of: scaled, in: work)
      record(outcome, scaled.unscaled(outcome.normalizer), &report)
      factor = outcome.factor
    } else {
      factor = try polynomial(scaled, method, limits, &report, in: work)
    }
    let result = Matrix<Scalar>(converting: factor)
    try check(result, g, scaled.exponent, nil, &report, in: context.section(from: 0.9, to: 1))
    return (result, report)
  }

  private func polynomial<Work: Real>(
    _ g: ScaledMatrix<Work>, _ method: PolarMethod, _ limits: Limits,
    _ report: inout PolarReport, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Work> {
    let needsGram = settings.normalization == .spectral || method == .polarExpress
    let normalizer: Double
    var lower = settings.lowerBound
    if needsGram {
      var gram = try SymmetricPolynomial.gram(of: g.matrix, in: context)
      normalizer =
        settings.normalization == .spectral
        ? try Normalizer(gram, .spectral, in: context).square.squareRoot() : g.matrix.frobeniusNorm
      if method == .polarExpress, lower == nil {
        gram.scale(by: Work(1 / (normalizer * normalizer)))
        let candidates = stride(from: -1, through: -6, by: -1).flatMap { exponent in
          let ten = Double(sign: .plus, exponent: 0, significand: 1) * power(10, exponent)
          return [3 * ten, ten]
        }
        lower =
          try LowerBoundProbe.bound(
            of: gram, candidates: candidates.filter { $0 > limits.floor },
            in: context.section(from: 0, to: 0.1))
          ?? limits.floor
      }
    } else {
      normalizer = g.matrix.frobeniusNorm
    }
    var start = g.matrix
    // Divided, not multiplied by the inverse: the schedules' fixtures do.
    start.withMutableElements { entries in
      let divisor = Work(normalizer)
      for i in entries.indices { entries[i] /= divisor }
    }
    let rows = rows(method, lower: lower, limits)
    let iteration = PolynomialIteration<Work>(
      rows: rows, tolerance: limits.tolerance,
      mayStagnate: settings.steps == nil && settings.coefficients == nil, form: settings.form)
    let outcome = try iteration.run(from: start, in: context.section(from: 0.1, to: 1))
    if outcome.stopReason == .diverged {
      throw .numericalFailure(
        code: "diverged",
        reason: "the iteration left its region of convergence after \(outcome.steps) steps")
    }
    report.steps = outcome.steps
    report.stopReason = outcome.stopReason
    report.normalizer = g.unscaled(normalizer)
    report.floor = method == .polarExpress ? lower : nil
    return outcome.factor
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<abs(exponent)).reduce(1.0) { value, _ in exponent < 0 ? value / base : value * base }
  }

  private func rows(_ method: PolarMethod, lower: Double?, _ limits: Limits) -> [[Double]] {
    if method == .polarExpress {
      return MinimaxPolynomial.schedule(
        degree: settings.degree, lower: lower ?? limits.floor, steps: settings.steps ?? 40,
        stopWithin: settings.steps == nil ? limits.tolerance / 4 : 0)
    }
    if let given = settings.coefficients {
      guard let steps = settings.steps else { return given }
      return (0..<steps).map { given[min($0, given.count - 1)] }
    }
    return (settings.schedule ?? .quintic).coefficients(steps: settings.steps, most: 100)
  }

  // MARK: Checking

  private func check<Scalar: Real>(
    _ x: Matrix<Scalar>, _ g: Matrix<Scalar>, _ exponent: Int, _ nuclear: Double?,
    _ report: inout PolarReport, in context: ComputeContext
  ) throws(DualizationError) {
    let scale = PowerOfTwo(exponent: exponent)
    let figures = PairFigures(x, g, scale, in: context)
    guard figures.isFinite else {
      throw .numericalFailure(
        code: "diverged", reason: "the iteration left the range of numbers")
    }
    let (pairing, largest) = (figures.pairing, figures.frobeniusNorm)
    report.nuclearNorm = scale.unscaled(nuclear ?? pairing)
    guard settings.verification != .none else { return }
    let measured = try Verification(
      of: x, for: g, exponent: exponent, frobeniusNorm: largest, settings.verification,
      in: context)
    report.residual = measured.residual
    report.isometry = measured.isometry
    report.sigmaMin = measured.sigmaMin
    report.sigmaMax = measured.sigmaMax
    report.asymmetry = measured.asymmetry
    // The last step's result was not judged by the iteration itself.
    let tolerance = settings.tolerance ?? (Scalar.self == Double.self ? 1e-12 : 1e-6)
    if report.stopReason == .maxSteps, measured.residual <= tolerance {
      report.stopReason = .converged
    }
    guard report.method != .sketch else { return }
    let m = min(g.rows, g.columns)
    let missing = report.rank.map { m - $0 } ?? m
    let floor = report.floor.map { max($0, settings.rankTolerance ?? 0) }
    let below = nuclear == nil ? floor.map { Double(missing) * $0 * largest } : 0
    if let interval = measured.interval(
      pairing: pairing, frobeniusNorm: largest, smallerSide: m, below: below)
    {
      let (low, high) = (scale.unscaled(interval.lowerBound), scale.unscaled(interval.upperBound))
      if high.isFinite { report.nuclearNormInterval = low...high }
    }
  }
}
