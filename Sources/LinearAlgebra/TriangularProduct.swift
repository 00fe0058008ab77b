/// X ← alpha·op(T)·X (X: n × p), or alpha·X·op(T) (X: p × n) when `fromRight`; T (n × n) lower
/// triangular, op the transpose where asked. Above its diagonal T is not read. n²p flops.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func multiplyTriangular<Scalar: Real>(
  lower t: MatrixView<Scalar>, transposed: Bool = false, fromRight: Bool = false,
  alpha: Scalar = 1, into x: MutableMatrixView<Scalar>
) {
  precondition(t.rows == t.columns, "a square matrix")
  precondition(t.rows == (fromRight ? x.columns : x.rows), "X fits T")
  guard x.rows > 0, x.columns > 0 else { return }
  if t.rows > smallestHalved {
    let others = fromRight ? x.rows : x.columns
    if PanelledProduct.suits(Scalar.self, min(others, t.rows / 2), min(others, t.rows / 2), 16) {
      return multiplyHalves(t, transposed, fromRight, alpha, x)
    }
  }
  OpenBLAS.prepare()
  // A transposed view of a lower triangle is an upper one in memory, to be used transposed.
  Scalar.Routines.trmm(
    fromRight, t.isTransposed, transposed != t.isTransposed, x.rows, x.columns, alpha, t.base,
    max(1, t.stride), x.base, max(1, x.stride))
}

/// Order down to which a triangle is halved, so that most of the work is products.
private let smallestHalved = 32

/// By the halves of T: two triangular products and one whole one, in the order that reads each half
/// of X before it is overwritten.
private func multiplyHalves<Scalar: Real>(
  _ t: MatrixView<Scalar>, _ transposed: Bool, _ fromRight: Bool, _ alpha: Scalar,
  _ x: MutableMatrixView<Scalar>
) {
  let (n, h) = (t.rows, ProductPlan.firstHalf(t.rows))
  let (upper, lower) = (0..<h, h..<n)
  let t11 = t.block(rows: upper, columns: upper)
  let t21 = t.block(rows: lower, columns: upper)
  let t22 = t.block(rows: lower, columns: lower)
  let (x1, x2) = fromRight ? (x.columns(upper), x.columns(lower)) : (x.rows(upper), x.rows(lower))
  func triangle(_ t: MatrixView<Scalar>, _ x: MutableMatrixView<Scalar>) {
    multiplyTriangular(
      lower: t, transposed: transposed, fromRight: fromRight, alpha: alpha, into: x)
  }
  let corner = transposed ? t21.transposed : t21
  // X·T and Tᵀ·X carry the second half into the first, the others the first into the second.
  let (target, source) = fromRight != transposed ? (x1, x2) : (x2, x1)
  let (first, second) = fromRight != transposed ? (t11, t22) : (t22, t11)
  triangle(first, target)
  if fromRight {
    gemm(source.readOnly, corner, alpha, 1, target)
  } else {
    gemm(corner, source.readOnly, alpha, 1, target)
  }
  triangle(second, source)
}
