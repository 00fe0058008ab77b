/// Cholesky factorisation A = L·Lᵀ of a symmetric positive definite A (n × n).
///
/// n³/3 flops. Backward stable without pivoting; fails where the smallest eigenvalue is below about
/// n·eps·‖A‖. Reads only the lower triangle of A.
public struct Cholesky<Scalar: Real>: Sendable {
  /// L (n × n), lower triangular, zeros above.
  public let factor: Matrix<Scalar>

  /// - Throws: `notPositiveDefinite` with the first pivot that is not positive (or NaN).
  public init(_ a: Matrix<Scalar>) throws(LinearAlgebraError) {
    precondition(a.rows == a.columns, "a square matrix")
    var l = a
    try l.withMutableView { view throws(LinearAlgebraError) in
      try factorCholesky(view)
      for i in 0..<view.rows {
        ElementLoops.fill(view.rows - i - 1, 0, view.base + i * (view.stride + 1) + 1)
      }
    }
    factor = l
  }

  /// The solution X of A·X = B; B and X (n × p).
  public func solve(_ b: Matrix<Scalar>) -> Matrix<Scalar> {
    var x = b
    factor.withView { l in x.withMutableView { solveCholesky(l, columns: $0) } }
    return x
  }

  /// The solution x of A·x = b; both n long.
  public func solve(_ b: [Scalar]) -> [Scalar] {
    solve(Matrix(rows: b.count, columns: 1, elements: b)).elements
  }

  /// A⁻¹ (n × n), exactly symmetric; 2n³/3 flops.
  public var inverse: Matrix<Scalar> {
    var result = factor
    result.withMutableView { invertCholesky($0) }
    return result
  }

  /// ln det A = 2 Σ ln Lᵢᵢ.
  public var logarithmOfDeterminant: Double {
    2 * factor.diagonal.reduce(0) { $0 + naturalLogarithm(Double($1)) }
  }
}

/// Overwrites the lower triangle of A (n × n) by its Cholesky factor L; the rest is left alone.
///
/// For small blocks in loops of one's own: allocates nothing.
///
/// - Throws: `notPositiveDefinite`.
public func factorCholesky<Scalar: Real>(
  _ a: MutableMatrixView<Scalar>
) throws(LinearAlgebraError) {
  precondition(a.rows == a.columns, "a square block")
  guard a.rows > 0 else { return }
  OpenBLAS.prepare()
  let info = Scalar.Routines.potrf(.upper, lapack(a.rows), a.base, lapack(a.stride))
  precondition(info >= 0, "potrf: argument \(-info)")
  if info > 0 { throw .notPositiveDefinite(pivot: Int(info) - 1) }
}

/// A⁻¹ in both triangles, exactly symmetric, in place of L as `factorCholesky` left it; 2n³/3 flops
/// in one call.
///
/// The error is that of the factorisation: n·eps·κ(A)·‖A⁻¹‖.
public func invertCholesky<Scalar: Real>(_ l: MutableMatrixView<Scalar>) {
  precondition(l.rows == l.columns, "a square block")
  guard l.rows > 0 else { return }
  // Lower in rows is upper in LAPACK's columns.
  let info = Scalar.Routines.potri(.upper, lapack(l.rows), l.base, lapack(l.stride))
  precondition(info == 0, "the factor of a positive definite matrix has no zero on its diagonal")
  mirrorLower(l)
}

/// X ← A⁻¹·X (X: n × p) with A = L·Lᵀ and L as `factorCholesky` left it.
public func solveCholesky<Scalar: Real>(
  _ l: MatrixView<Scalar>, columns x: MutableMatrixView<Scalar>
) {
  solveTriangular(l, .lower, into: x)
  solveTriangular(l, .lower, transposed: true, into: x)
}

/// X ← X·A⁻¹ (X: p × n): solves A·x = b for each row of X, with A = L·Lᵀ.
public func solveCholesky<Scalar: Real>(
  _ l: MatrixView<Scalar>, rows x: MutableMatrixView<Scalar>
) {
  solveTriangular(l, .lower, transposed: true, fromRight: true, into: x)
  solveTriangular(l, .lower, fromRight: true, into: x)
}
