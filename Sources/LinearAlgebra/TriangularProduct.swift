/// X ← alpha·op(T)·X (X: n × p), or alpha·X·op(T) (X: p × n) when `fromRight`; T (n × n) lower
/// triangular, op the transpose where asked. Above its diagonal T is not read. n²p flops.
public func multiplyTriangular<Scalar: Real>(
  lower t: MatrixView<Scalar>, transposed: Bool = false, fromRight: Bool = false,
  alpha: Scalar = 1, into x: MutableMatrixView<Scalar>
) {
  precondition(t.rows == t.columns, "a square matrix")
  precondition(t.rows == (fromRight ? x.columns : x.rows), "X fits T")
  guard x.rows > 0, x.columns > 0 else { return }
  OpenBLAS.prepare()
  // A transposed view of a lower triangle is an upper one in memory, to be used transposed.
  Scalar.Routines.trmm(
    fromRight, t.isTransposed, transposed != t.isTransposed, x.rows, x.columns, alpha, t.base,
    max(1, t.stride), x.base, max(1, x.stride))
}
