import Compute
import LinearAlgebra
import TestSupport
import Testing

@Suite struct SVDTests {
  private func check<S: Real>(_ a: Matrix<S>, _ comment: Comment) throws {
    try check(a, try SVD(a), comment)
    try check(a, try SVD(a, in: ComputeContext()), comment)
  }

  private func check<S: Real>(_ a: Matrix<S>, _ svd: SVD<S>, _ comment: Comment) throws {
    let shape = Shape(rows: a.rows, columns: a.columns)
    let k = min(a.rows, a.columns)
    #expect(svd.u.rows == a.rows && svd.u.columns == k)
    #expect(svd.vTransposed.rows == k && svd.vTransposed.columns == a.columns)
    #expect(svd.values.count == k)
    #expect(svd.values.allSatisfy { $0 >= 0 }, comment)
    #expect(svd.values == svd.values.sorted(by: >), comment)
    var scaled = svd.u
    scaled.scaleColumns(by: svd.values)
    let norm = NaiveAlgebra.frobeniusNorm(a)
    let product = NaiveAlgebra.product(scaled, svd.vTransposed)
    #expect(NaiveAlgebra.largestDifference(product, a) <= stableBound(shape, norm, S.self), comment)
    let one = stableBound(shape, 1, S.self)
    let identity = Matrix<S>.identity(k)
    #expect(NaiveAlgebra.largestDifference(svd.u.gramOfColumns(), identity) <= one, comment)
    #expect(NaiveAlgebra.largestDifference(svd.vTransposed.gram(), identity) <= one, comment)
    let values = try SVD.values(of: a)
    for (full, only) in zip(svd.values, values) {
      #expect(Double((full - only).magnitude) <= stableBound(shape, norm, S.self), comment)
    }
    #expect(values.count == k)
  }

  @Test(arguments: Shape.all)
  func decomposesAnyShape(_ shape: Shape) throws {
    try check(Samples.normal(shape.rows, shape.columns, as: Double.self), "double")
    try check(Samples.normal(shape.rows, shape.columns, as: Float.self), "single")
  }

  @Test(arguments: [1e-150, 1e150, 1e-300])
  func isIndifferentToScale(_ scale: Double) throws {
    let values = [3.0, 2, 1, 1e-3]
    let a = Samples.withSingularValues(values, rows: 12, columns: 9).scaled(by: scale)
    for (found, expected) in zip(try SVD.values(of: a), values) {
      #expect((found / scale - expected).magnitude <= 100 * 3 * Double.ulpOfOne)
    }
  }

  @Test func findsExactZerosAndRepeatedValues() throws {
    let zero = try SVD(Matrix<Double>(rows: 5, columns: 3))
    #expect(zero.values == [0, 0, 0])
    let identity = try SVD(Matrix<Float>.identity(20))
    #expect(identity.values.allSatisfy { ($0 - 1).magnitude <= 20 * .ulpOfOne })
    try check(Samples.withSingularValues([1, 1, 1, 0, 0], rows: 8, columns: 6), "rank 3")
  }

  @Test func refusesWhatIsNotFinite() {
    var a: Matrix<Double> = Samples.normal(6, 5)
    a[4, 2] = .nan
    #expect(throws: LinearAlgebraError.nonFinite(row: 4, column: 2)) { try SVD(a) }
    a[1, 3] = -.infinity
    #expect(throws: LinearAlgebraError.nonFinite(row: 1, column: 3)) { try SVD.values(of: a) }
  }

  @Test(arguments: [(160, 40), (40, 160), (50, 50)])
  func givesTheSameBytesWithAnyNumberOfWorkersAndStopsAtEachQuestion(
    rows: Int, columns: Int
  ) throws {
    let a: Matrix<Double> = Samples.normal(rows, columns, seed: 9)
    let counting = StoppingMonitor()
    let expected = try SVD(a, in: ComputeContext(monitor: counting))
    let pool = ComputePool(threads: 3)
    let parallel = try SVD(a, in: ComputeContext(executor: pool.executor(width: 3)))
    pool.shutdown()
    #expect(parallel.u == expected.u && parallel.values == expected.values)
    #expect(parallel.vTransposed == expected.vTransposed)
    #expect(counting.asked >= 1)
    for question in 0..<counting.asked {
      let context = ComputeContext(monitor: StoppingMonitor(stopAt: question))
      #expect(throws: InterruptibleError.stopped(ComputationStopped(reason: .cancelled))) {
        try SVD(a, in: context)
      }
    }
  }
}
