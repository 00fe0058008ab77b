import Compute
import LinearAlgebra

/// X ← (c₀ I + c₁ A + c₂ A² + …) X with A = X Xᵀ on the smaller side, row of coefficients by row.
///
/// A row of degree 2d + 1 costs m² n for A, (d − 1) m³ for its powers, 2 m² n for the product.
struct PolynomialIteration<Work: Real> {
  /// Rows to apply, in order.
  let rows: [[Double]]
  /// Ends once ‖A − I‖_F/√m is at most this.
  let tolerance: Double
  /// Whether the rows are one step repeated, so that it may also end when nothing moves any more.
  let mayStagnate: Bool
  let form: PolarSettings.Form

  struct Outcome {
    var factor: Matrix<Work>
    var steps = 0
    var stopReason = PolarReport.StopReason.maxSteps
    /// ‖A − I‖_F/√m before each step taken, and at the end where it was seen.
    var residuals: [Double] = []
  }

  /// Above this the iteration has left its region of convergence.
  private static var divergence: Double { 1e3 }
  /// The Gram form starts again from X after so many steps: rounding has not yet grown.
  private static var restartAfter: Int { 2 }

  /// - Parameter start: X₀, singular values within the schedule's reach.
  func run(
    from start: Matrix<Work>, in context: ComputeContext
  ) throws(DualizationError) -> Outcome {
    form == .gram
      ? try gramForm(start, in: context) : try plainForm(start, in: context)
  }

  // MARK: Plain

  private func plainForm(
    _ start: Matrix<Work>, in context: ComputeContext
  ) throws(DualizationError) -> Outcome {
    var outcome = Outcome(factor: start)
    let isTall = start.rows > start.columns
    for row in rows {
      try context.pause(
        Double(outcome.steps) / Double(rows.count), step: outcome.steps, of: rows.count)
      let gram = try SymmetricPolynomial.gram(of: outcome.factor, in: context)
      if let reason = judge(gram, &outcome) {
        outcome.stopReason = reason
        return outcome
      }
      let polynomial = try SymmetricPolynomial.evaluate(row, at: gram, in: context)
      outcome.factor = try stoppable { () throws(ComputationStopped) in
        try isTall
          ? outcome.factor.times(polynomial, in: context)
          : polynomial.times(outcome.factor, in: context)
      }
      outcome.steps += 1
    }
    return outcome
  }

  // MARK: Gram form

  /// R = X Xᵀ once; per step Z = p(R), Q ← Q Z, R ← Z R Z, all symmetric and commuting; at the end
  /// X = Q X₀. One restart (X ← Q X, R ← X Xᵀ, Q ← I) keeps the rounding of the plain form.
  private func gramForm(
    _ start: Matrix<Work>, in context: ComputeContext
  ) throws(DualizationError) -> Outcome {
    var outcome = Outcome(factor: start)
    var q: Matrix<Work>?
    var gram = try SymmetricPolynomial.gram(of: start, in: context)
    for (index, row) in rows.enumerated() {
      try context.pause(Double(index) / Double(rows.count), step: index, of: rows.count)
      if let reason = judge(gram, &outcome) {
        outcome.stopReason = reason
        break
      }
      let z = try SymmetricPolynomial.evaluate(row, at: gram, in: context)
      let restarts = index + 1 == Self.restartAfter && rows.count > Self.restartAfter
      if let before = q {
        q = try SymmetricPolynomial.product(before, z, in: context)
      } else {
        q = z
      }
      outcome.steps += 1
      if restarts, let whole = q {
        outcome.factor = try SymmetricAction.apply(
          whole, scaledBy: 1, to: outcome.factor, in: context)
        gram = try SymmetricPolynomial.gram(of: outcome.factor, in: context)
        q = nil
      } else if index + 1 < rows.count {
        let half = try SymmetricPolynomial.product(z, gram, in: context)
        gram = try SymmetricPolynomial.product(half, z, in: context)
      }
    }
    if let q {
      outcome.factor = try SymmetricAction.apply(
        q, scaledBy: 1, to: outcome.factor, in: context)
    }
    return outcome
  }

  // MARK: Stopping

  private func judge(
    _ gram: Matrix<Work>, _ outcome: inout Outcome
  ) -> PolarReport.StopReason? {
    var deviation = gram
    deviation.addToDiagonal(-1)
    let residual = deviation.frobeniusNorm / Double(gram.rows).squareRoot()
    let before = outcome.residuals.suffix(3)
    outcome.residuals.append(residual)
    if !residual.isFinite || residual > Self.divergence { return .diverged }
    if residual <= tolerance { return .converged }
    if mayStagnate, before.count == 3,
      before.allSatisfy({ abs($0 - residual) <= 1e-3 * tolerance * residual })
    {
      return .stagnated
    }
    return nil
  }
}

/// Polynomials of one symmetric matrix, and products of its polynomials with one another.
enum SymmetricPolynomial {
  /// X Xᵀ on the smaller side.
  static func gram<Work: Real>(
    of x: Matrix<Work>, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Work> {
    try stoppable { () throws(ComputationStopped) in
      try x.rows > x.columns ? x.gramOfColumns(in: context) : x.gram(in: context)
    }
  }

  /// A B for commuting symmetric factors, exactly symmetric.
  static func product<Work: Real>(
    _ a: Matrix<Work>, _ b: Matrix<Work>, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Work> {
    var result = Matrix<Work>.scratch(rows: a.rows, columns: a.rows)
    try stoppable { () throws(ComputationStopped) in
      try symmetricProduct(a, b, into: &result, in: context)
    }
    return result
  }

  /// c₀ I + c₁ A + c₂ A² + … by Horner's rule.
  static func evaluate<Work: Real>(
    _ coefficients: [Double], at a: Matrix<Work>, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Work> {
    guard coefficients.count > 1, let highest = coefficients.last else {
      return Matrix.diagonal(Array(repeating: Work(coefficients.first ?? 0), count: a.rows))
    }
    var value = a.scaled(by: Work(highest))
    value.addToDiagonal(Work(coefficients[coefficients.count - 2]))
    for coefficient in coefficients.dropLast(2).reversed() {
      value = try product(value, a, in: context)
      value.addToDiagonal(Work(coefficient))
    }
    return value
  }
}
