public import Compute
public import LinearAlgebra

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A^(-1/p) of a symmetric positive definite A (m × m) by coupled Newton iteration.
///
/// M = z A, X = z^(1/p) I with z = (p+1)/(2 ‖A‖_F); then X ← X T, M ← T^p M, where
/// T = Σ_{i < order} bᵢ (I − M)ⁱ, bᵢ = Π_{j<i} (1 + j p) / (i! pⁱ); order 2 is Newton's
/// T = ((p+1) I − M)/p. Ends when max |M − I| ≤ tolerance, or no longer shrinks. About
/// (order + 2 + log₂ p)/2 products of 2 m³ flops a step; steps grow with log of the condition.
///
/// Source: Guo and Higham, SIAM J. Matrix Anal. Appl. 28 (2006); order from the iteration's
/// binomial series.
public struct InverseRoot: Sendable {
  /// A^(-1/p).
  public let matrix: Matrix<Double>
  /// max |M − I| after each step.
  public let errors: [Double]
  public let stopReason: PolarReport.StopReason

  /// - Parameters:
  ///   - a: symmetric positive definite.
  ///   - root: p, 1...16. - order: 2...6.
  /// - Throws: `stopped`.
  public init(
    of a: Matrix<Double>, root: Int, order: Int = 2, tolerance: Double = 1e-9,
    maximumSteps: Int = 200, in context: ComputeContext = ComputeContext()
  ) throws(DualizationError) {
    precondition(a.rows == a.columns, "a square matrix")
    precondition((1...16).contains(root) && (2...6).contains(order), "root 1...16, order 2...6")
    let p = Double(root)
    let z = (p + 1) / (2 * a.frobeniusNorm)
    var x = Matrix<Double>.diagonal(Array(repeating: pow(z, 1 / p), count: a.rows))
    var m = a.scaled(by: z)
    let series = Self.coefficients(root: root, order: order)
    var errors: [Double] = []
    var best = (error: Double.infinity, x: x)
    var reason = PolarReport.StopReason.maxSteps
    for step in 0..<maximumSteps {
      try context.pause(min(0.95, Double(step) / 60), step: step)
      let t = try Self.factor(m, series, in: context)
      x = try SymmetricPolynomial.product(x, t, in: context)
      m = try SymmetricPolynomial.product(
        Self.power(t, root, in: context), m, in: context)
      var deviation = m
      deviation.addToDiagonal(-1)
      let error = deviation.maximumMagnitude
      errors.append(error)
      if !error.isFinite || error > 1e3 {
        reason = .diverged
        break
      }
      if error < best.error { best = (error, x) }
      if error <= tolerance {
        reason = .converged
        break
      }
      // Rounding ends the progress: errors shrink or the last of them were noise.
      if errors.count > 3, error < 0.1, errors.suffix(4).dropLast().allSatisfy({ $0 <= error }) {
        reason = .stagnated
        break
      }
    }
    matrix = best.x
    self.errors = errors
    stopReason = reason
  }

  private static func coefficients(root: Int, order: Int) -> [Double] {
    var row = [1.0]
    for i in 1..<order {
      row.append(row[i - 1] * (1 + Double(i - 1) * Double(root)) / (Double(i) * Double(root)))
    }
    return row
  }

  /// Σ bᵢ (I − M)ⁱ.
  private static func factor(
    _ m: Matrix<Double>, _ series: [Double], in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Double> {
    var deviation = m.scaled(by: -1)
    deviation.addToDiagonal(1)
    return try SymmetricPolynomial.evaluate(series, at: deviation, in: context)
  }

  private static func power(
    _ t: Matrix<Double>, _ exponent: Int, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Double> {
    if exponent == 1 { return t }
    let half = try power(t, exponent / 2, in: context)
    let square = try SymmetricPolynomial.product(half, half, in: context)
    return exponent % 2 == 0 ? square : try SymmetricPolynomial.product(square, t, in: context)
  }
}

/// The polar factor by inverse roots: (G Gᵀ)^(-1/2) G = G (Gᵀ G)^(-1/2)
/// = (G Gᵀ)^(-1/4) G (Gᵀ G)^(-1/4).
///
/// The bigger Gram matrix is singular: its root is taken on its range, through G = L Qᵀ with Q of
/// the smaller side's width. Eigenvalues are raised by floor² λ₁/100, so that a direction at the
/// floor ends within 0.5 % of 1, and those further down short of it.
enum InverseRootPolar {
  struct Outcome {
    let factor: Matrix<Double>
    let steps: Int
    let stopReason: PolarReport.StopReason
  }

  static func polar(
    of g: Matrix<Double>, side: PolarSettings.Side, order: Int, tolerance: Double, floor: Double,
    maximumSteps: Int?, in context: ComputeContext
  ) throws(DualizationError) -> Outcome {
    let isTall = g.rows > g.columns
    // Work on wide W = L Qᵀ: L (m × m) lower triangular, Q (n × m) orthonormal columns.
    let wide = isTall ? g.transposed() : g
    let smallSide: PolarSettings.Side = isTall ? .right : .left
    let most = maximumSteps ?? 200
    func root(_ gram: Matrix<Double>, _ p: Int) throws(DualizationError) -> InverseRoot {
      var raised = gram
      let largest = try PowerIteration.largestEigenvalue(of: gram, steps: 16, in: context)
      raised.addToDiagonal(1e-2 * floor * floor * largest)
      return try InverseRoot(
        of: raised, root: p, order: order, tolerance: tolerance, maximumSteps: most, in: context)
    }
    let outcome: Outcome
    if side == smallSide {
      let inverse = try root(SymmetricPolynomial.gram(of: wide, in: context), 2)
      outcome = Outcome(
        factor: inverse.matrix.times(wide), steps: inverse.errors.count,
        stopReason: inverse.stopReason)
    } else {
      let qr = QR(wide.transposed())  // Wᵀ = Q R, so W = Rᵀ Qᵀ
      let (r, q) = (qr.r, qr.q)
      // Wᵀ W = Q (R Rᵀ) Qᵀ on its range.
      let inner = try SymmetricPolynomial.gram(of: r, in: context)
      if side == .both {
        let outer = try root(r.gramOfColumns(), 4)
        let range = try root(inner, 4)
        let middle = outer.matrix.timesTransposed(r).times(range.matrix)
        outcome = Outcome(
          factor: middle.timesTransposed(q), steps: max(outer.errors.count, range.errors.count),
          stopReason: worse(outer.stopReason, range.stopReason))
      } else {
        let range = try root(inner, 2)
        outcome = Outcome(
          factor: r.transposedTimes(range.matrix).timesTransposed(q),
          steps: range.errors.count, stopReason: range.stopReason)
      }
    }
    return isTall
      ? Outcome(
        factor: outcome.factor.transposed(), steps: outcome.steps, stopReason: outcome.stopReason)
      : outcome
  }

  private static func worse(
    _ a: PolarReport.StopReason, _ b: PolarReport.StopReason
  ) -> PolarReport.StopReason { a == .converged ? b : a }
}
