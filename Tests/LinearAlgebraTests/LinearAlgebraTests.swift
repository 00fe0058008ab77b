import LinearAlgebra
import TestSupport
import Testing

@Suite struct SmokeTests {
  @Test func smoke() throws {
    let a = Samples.normal(37, 21, as: Double.self)
    #expect(
      NaiveAlgebra.largestDifference(
        a.times(a.transposed()), NaiveAlgebra.product(a, a.transposed())) < 1e-12)
    let s = try SVD(a)
    var us = s.u
    us.scaleColumns(by: s.values)
    #expect(NaiveAlgebra.largestDifference(us.times(s.vTransposed), a) < 1e-12)
    let qr = QR(a)
    #expect(NaiveAlgebra.largestDifference(qr.q.times(qr.r), a) < 1e-12)
    let g = a.gramOfColumns()
    let inv = try g.positiveDefiniteInverse()
    #expect(NaiveAlgebra.largestDifference(g.times(inv), Matrix<Double>.identity(21)) < 1e-10)
    let e = try SymmetricEigen(g)
    var ev = e.vectors
    ev.scaleColumns(by: e.values)
    #expect(NaiveAlgebra.largestDifference(ev.times(e.vectorRows), g) < 1e-10)
    #expect(OpenBLAS.threads == 1)
    print(OpenBLAS.coreName)
  }
}
