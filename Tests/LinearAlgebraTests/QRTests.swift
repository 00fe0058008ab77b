import LinearAlgebra
import TestSupport
import Testing

@Suite struct QRTests {
  private func check<S: Real>(_ shape: Shape, as type: S.Type) {
    let a: Matrix<S> = Samples.normal(shape.rows, shape.columns, seed: 3)
    let k = min(shape.rows, shape.columns)
    let qr = QR(a)
    let (q, r) = (qr.q, qr.r)
    #expect(q.rows == a.rows && q.columns == k && r.rows == k && r.columns == a.columns)
    for i in 0..<k { for j in 0..<min(i, r.columns) { #expect(r[i, j] == 0) } }
    let bound = stableBound(shape, NaiveAlgebra.frobeniusNorm(a), S.self)
    #expect(NaiveAlgebra.largestDifference(NaiveAlgebra.product(q, r), a) <= bound)
    let orthonormal = NaiveAlgebra.largestDifference(q.gramOfColumns(), Matrix<S>.identity(k))
    #expect(orthonormal <= stableBound(shape, 1, S.self))

    let c: Matrix<S> = Samples.normal(shape.rows, 5, seed: 4)
    var rotated = c
    qr.applyQTransposed(to: &rotated)
    let thin = NaiveAlgebra.product(NaiveAlgebra.transpose(q), c)
    let cBound = stableBound(shape, NaiveAlgebra.frobeniusNorm(c), S.self)
    #expect(
      NaiveAlgebra.largestDifference(rotated.block(rows: 0..<k, columns: 0..<5), thin) <= cBound)
    qr.applyQ(to: &rotated)
    #expect(NaiveAlgebra.largestDifference(rotated, c) <= cBound)
  }

  @Test(arguments: Shape.all)
  func factorsAnyShape(_ shape: Shape) {
    check(shape, as: Double.self)
    check(shape, as: Float.self)
  }
}
