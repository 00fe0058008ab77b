public import Compute

/// QR factorisation A = Q·R of A (m × n), k = min(m, n), with Q = I - V·T·Vᵀ kept in that form.
///
/// By halves of the columns: factor the left half, apply its Qᵀ to the right one, factor that, join
/// the two T. So all but narrow panels are products, which are split over the threads of the context
/// and can be stopped. Backward stable as every Householder method: ‖A - QR‖ ≤ c·m·n·eps·‖A‖,
/// ‖QᵀQ - I‖ likewise. About 3mk² flops, and 2mk² more for Q.
///
/// Source: Elmroth and Gustavson, IBM J. Res. Dev. 44 (2000), for the recursion; Schreiber and Van
/// Loan, SIAM J. Sci. Stat. Comput. 10 (1989), for V and T.
public struct QR<Scalar: Real>: Sendable {
  private let v: Matrix<Scalar>  // (m × k): unit lower trapezoidal, written out with its zeros
  private let t: Matrix<Scalar>  // (k × k): upper triangular
  /// R (k × n), upper triangular, zeros below; the signs of its diagonal are LAPACK's.
  public let r: Matrix<Scalar>

  /// Factorises A (m × n), any shape, 0 included. Not a number in, not a number out.
  public init(_ a: Matrix<Scalar>) {
    do throws(ComputationStopped) {
      try self.init(a, in: ComputeContext())
    } catch {
      preconditionFailure("nobody was there to stop it")
    }
  }

  /// The same bytes as without a context, by its threads.
  public init(_ a: Matrix<Scalar>, in context: ComputeContext) throws(ComputationStopped) {
    let (m, n, k) = (a.rows, a.columns, min(a.rows, a.columns))
    let exponent = Self.scaling(of: a)
    var work =
      exponent == 0 ? a : a.scaled(by: Scalar(sign: .plus, exponent: -exponent, significand: 1))
    var v = Matrix<Scalar>(rows: m, columns: k)
    var t = Matrix<Scalar>(rows: k, columns: k)
    try work.withMutableView { work throws(ComputationStopped) in
      try v.withMutableView { v throws(ComputationStopped) in
        try t.withMutableView { t throws(ComputationStopped) in
          try HouseholderPanel.factor(work.columns(0..<k), v, t, context)
          try HouseholderPanel.apply(v, t, transposed: true, to: work.columns(k..<n), context)
        }
      }
    }
    var r = work.block(rows: 0..<k, columns: 0..<n)
    r.withMutableView { r in
      for i in 0..<k { ElementLoops.fill(i, 0, r.base + i * r.stride) }
    }
    if exponent != 0 { r.scale(by: Scalar(sign: .plus, exponent: exponent, significand: 1)) }
    (self.v, self.t, self.r) = (v, t, r)
  }

  /// Power of two to divide by so that no square leaves the range of double precision: 0 for
  /// everything but extreme matrices.
  private static func scaling(of a: Matrix<Scalar>) -> Scalar.Exponent {
    let most = a.maximumMagnitude
    guard most > 0, most.isFinite, most < 0x1p-400 || most > 0x1p400 else { return 0 }
    return Scalar.Exponent(min(max(most.exponent, -1000), 1000))
  }

  /// Q (m × k), orthonormal columns.
  public var q: Matrix<Scalar> {
    do throws(ComputationStopped) {
      return try q(in: ComputeContext())
    } catch {
      preconditionFailure("nobody was there to stop it")
    }
  }

  /// Q (m × k), by the threads of the context.
  public func q(in context: ComputeContext) throws(ComputationStopped) -> Matrix<Scalar> {
    let k = t.rows
    // The first k columns of I - V·(T·V₁ᵀ), V₁ the first k rows of V.
    let inner = try t.timesTransposed(v.block(rows: 0..<k, columns: 0..<k), in: context)
    var result = try v.times(inner, in: context)
    result.scale(by: -1)
    result.addToDiagonal(1)
    return result
  }

  /// C ← Q·C with the full Q (m × m), C (m × p).
  public func applyQ(
    to c: inout Matrix<Scalar>, in context: ComputeContext = ComputeContext()
  ) throws(ComputationStopped) {
    try apply(to: &c, transposed: false, context)
  }

  /// C ← Qᵀ·C with the full Q (m × m), C (m × p); its first k rows are the thin QᵀC.
  public func applyQTransposed(
    to c: inout Matrix<Scalar>, in context: ComputeContext = ComputeContext()
  ) throws(ComputationStopped) {
    try apply(to: &c, transposed: true, context)
  }

  private func apply(
    to c: inout Matrix<Scalar>, transposed: Bool, _ context: ComputeContext
  ) throws(ComputationStopped) {
    precondition(c.rows == v.rows, "C has as many rows as A")
    try v.withView { v throws(ComputationStopped) in
      try t.withView { t throws(ComputationStopped) in
        try c.withMutableView { c throws(ComputationStopped) in
          try HouseholderPanel.apply(v, t, transposed: transposed, to: c, context)
        }
      }
    }
  }
}
