/// Which half of a square matrix holds a triangular one; the other half is not read.
public enum Triangle: Sendable {
  case lower
  case upper
}

/// X ← op(T)⁻¹·X (X: n × p), or X·op(T)⁻¹ (X: p × n) when `fromRight`; T (n × n) triangular, op the
/// transpose where asked. n²p flops.
///
/// Exact zeros on the diagonal give infinities: see `requireNonsingular`.
public func solveTriangular<Scalar: Real>(
  _ t: MatrixView<Scalar>, _ triangle: Triangle, transposed: Bool = false,
  unitDiagonal: Bool = false, fromRight: Bool = false, into x: MutableMatrixView<Scalar>
) {
  precondition(t.rows == t.columns, "a square matrix")
  precondition(t.rows == (fromRight ? x.columns : x.rows), "X fits T")
  guard x.rows > 0, x.columns > 0 else { return }
  OpenBLAS.prepare()
  // A transposed view of a lower triangle is an upper one in memory, to be used transposed.
  Scalar.Routines.trsm(
    fromRight, (triangle == .upper) != t.isTransposed, transposed != t.isTransposed, unitDiagonal,
    x.rows, x.columns, 1, t.base, max(1, t.stride), x.base, max(1, x.stride))
}

/// - Throws: `singular` naming the first exact zero on the diagonal of T.
public func requireNonsingular<Scalar: Real>(
  _ t: MatrixView<Scalar>
) throws(LinearAlgebraError) {
  for i in 0..<min(t.rows, t.columns) where t[i, i] == 0 { throw .singular(pivot: i) }
}

extension Matrix {
  /// op(T)⁻¹·B for this triangular T (n × n), B (n × p).
  ///
  /// - Throws: `singular` when the diagonal has a zero.
  public func solveTriangular(
    _ triangle: Triangle, transposed: Bool = false, _ b: Matrix
  ) throws(LinearAlgebraError) -> Matrix {
    var x = b
    try withView { t throws(LinearAlgebraError) in
      try requireNonsingular(t)
      x.withMutableView {
        LinearAlgebra.solveTriangular(t, triangle, transposed: transposed, into: $0)
      }
    }
    return x
  }
}
