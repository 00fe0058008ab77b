import Compute
import LinearAlgebra
import TestSupport
import Testing

@Suite struct QRTests {
  private func check<S: Real>(_ shape: Shape, as type: S.Type) throws {
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
    try qr.applyQTransposed(to: &rotated)
    let thin = NaiveAlgebra.product(NaiveAlgebra.transpose(q), c)
    let cBound = stableBound(shape, NaiveAlgebra.frobeniusNorm(c), S.self)
    #expect(
      NaiveAlgebra.largestDifference(rotated.block(rows: 0..<k, columns: 0..<5), thin) <= cBound)
    try qr.applyQ(to: &rotated)
    #expect(NaiveAlgebra.largestDifference(rotated, c) <= cBound)
  }

  @Test(arguments: Shape.all)
  func factorsAnyShape(_ shape: Shape) throws {
    try check(shape, as: Double.self)
    try check(shape, as: Float.self)
  }

  @Test(arguments: [1e-300, 1e-200, 1e200, 1e300])
  func isIndifferentToScale(_ scale: Double) {
    let a: Matrix<Double> = Samples.normal(20, 12, seed: 5)
    let plain = QR(a)
    let scaled = QR(a.scaled(by: scale))
    // Powers of two aside, the scale is rounded once an entry.
    let bound = 100 * 20 * Double.ulpOfOne
    #expect(NaiveAlgebra.largestDifference(scaled.q, plain.q) <= bound)
    #expect(
      NaiveAlgebra.largestDifference(scaled.r.scaled(by: 1 / scale), plain.r)
        <= bound * NaiveAlgebra.frobeniusNorm(a))
  }

  @Test func keepsZeroAndDependentColumns() {
    let zero = QR(Matrix<Double>(rows: 9, columns: 4))
    #expect(zero.r == Matrix(rows: 4, columns: 4))
    #expect(zero.q == Matrix(rows: 9, columns: 4) { $0 == $1 ? 1 : 0 })
    var a: Matrix<Double> = Samples.normal(40, 20, seed: 6)
    for i in 0..<40 { a[i, 11] = 2 * a[i, 3] - a[i, 7] }
    let qr = QR(a)
    let bound = stableBound(Shape(rows: 40, columns: 20), 1, Double.self)
    let identity = Matrix<Double>.identity(20)
    #expect(NaiveAlgebra.largestDifference(qr.q.gramOfColumns(), identity) <= bound)
    #expect(qr.r[11, 11].magnitude <= bound * NaiveAlgebra.frobeniusNorm(a))
  }

  @Test func reflectsAsTheWorkedExample() {
    // x = (3, 4): beta = -5, so R = -5 and q = -x/5.
    let qr = QR(Matrix<Double>([[3], [4]]))
    #expect((qr.r[0, 0] + 5).magnitude < 1e-15)
    #expect((qr.q[0, 0] + 0.6).magnitude < 1e-15 && (qr.q[1, 0] + 0.8).magnitude < 1e-15)
  }

  @Test func givesTheSameBytesWithAnyNumberOfWorkersAndStopsAtEachQuestion() throws {
    let a: Matrix<Float> = Samples.normal(700, 120, seed: 7)
    let expected = QR(a)
    for workers in 2...3 {
      let pool = ComputePool(threads: workers)
      let context = ComputeContext(executor: pool.executor(width: workers))
      let qr = try QR(a, in: context)
      #expect(try qr.r == expected.r && qr.q(in: context) == expected.q)
      pool.shutdown()
    }
    let counting = StoppingMonitor()
    _ = try QR(a, in: ComputeContext(monitor: counting))
    #expect(counting.asked > 15)
    for question in 0..<counting.asked {
      let context = ComputeContext(monitor: StoppingMonitor(stopAt: question))
      #expect(throws: ComputationStopped(reason: .cancelled)) { try QR(a, in: context) }
    }
  }
}
