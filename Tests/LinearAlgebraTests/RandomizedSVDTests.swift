import Compute
import LinearAlgebra
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct RandomizedSVDTests {
  @Test(arguments: [(80, 60), (60, 80), (200, 30), (30, 200)])
  func recoversAMatrixOfItsRank(rows: Int, columns: Int) throws {
    let values = [5.0, 4, 3, 2, 1]
    let a = Samples.withSingularValues(values, rows: rows, columns: columns)
    let svd = try SVD(leading: 5, of: a, in: ComputeContext(seed: 3))
    #expect(svd.u.rows == rows && svd.u.columns == 5 && svd.vTransposed.columns == columns)
    let bound = 10 * Double(rows + columns) * Double.ulpOfOne * 5
    for (found, expected) in zip(svd.values, values) {
      #expect((found - expected).magnitude <= bound)
    }
    var scaled = svd.u
    scaled.scaleColumns(by: svd.values)
    let product = NaiveAlgebra.product(scaled, svd.vTransposed)
    #expect(NaiveAlgebra.largestDifference(product, a) <= bound)
    let identity = Matrix<Double>.identity(5)
    #expect(NaiveAlgebra.largestDifference(svd.u.gramOfColumns(), identity) <= bound)
    #expect(NaiveAlgebra.largestDifference(svd.vTransposed.gram(), identity) <= bound)
  }

  @Test(arguments: [0, 1, 2])
  func keepsTheExpectedErrorOfTheSource(_ iterations: Int) throws {
    // σⱼ = 1/j: expected error with q iterations (theorem 10.6 and its corollary, k = 20, p = 8).
    let values = (1...100).map { 1 / Double($0) }
    let a = Samples.withSingularValues(values, rows: 120, columns: 100)
    let svd = try SVD(
      leading: 20, of: a, powerIterations: iterations, in: ComputeContext(seed: 1))
    var scaled = svd.u
    scaled.scaleColumns(by: svd.values)
    let rest = Matrix<Double>(converting: a) - scaled.times(svd.vTransposed)
    let error = Double(try SVD.values(of: rest)[0])
    let factor = 1 + (20.0 / 7).squareRoot() + 2.718 * 28.0.squareRoot() / 8 * 80.0.squareRoot()
    var bound = factor
    for _ in 0..<iterations { bound = bound.squareRoot() }  // at least its (2q + 1)-th root
    // The rank is cut to 20 afterwards, which can add σ₂₁ once more.
    #expect(error <= (bound + 1) * values[20])
    #expect(error >= values[20] * (1 - 1e-9))  // the best that any rank 20 can do
  }

  @Test func isExactWhenTheRankIsNotSmall() throws {
    let a: Matrix<Double> = Samples.normal(12, 9)
    let exact = try SVD(a, in: ComputeContext())
    let svd = try SVD(leading: 5, of: a, in: ComputeContext())
    #expect(svd.values == Array(exact.values.prefix(5)))
    #expect(try SVD(leading: 0, of: a, in: ComputeContext()).values.isEmpty)
    let empty = try SVD(leading: 3, of: Matrix<Double>(rows: 0, columns: 4), in: ComputeContext())
    #expect(empty.values.isEmpty && empty.vTransposed.columns == 4)
  }

  @Test func givesTheSameBytesFromTheSameSeedWithAnyNumberOfWorkers() throws {
    let a: Matrix<Float> = Samples.normal(300, 280)
    let expected = try SVD(leading: 12, of: a, in: ComputeContext(seed: 5))
    for workers in 1...3 {
      let pool = ComputePool(threads: workers)
      let context = ComputeContext(seed: 5, executor: pool.executor(width: workers))
      let svd = try SVD(leading: 12, of: a, in: context)
      pool.shutdown()
      #expect(svd.u == expected.u && svd.values == expected.values)
      #expect(svd.vTransposed == expected.vTransposed)
    }
    let other = try SVD(leading: 12, of: a, in: ComputeContext(seed: 6))
    #expect(other.u != expected.u)
  }

  @Test func stopsAtEachQuestion() throws {
    let a: Matrix<Double> = Samples.normal(90, 80)
    let counting = StoppingMonitor()
    _ = try SVD(leading: 6, of: a, in: ComputeContext(monitor: counting))
    #expect(counting.asked >= 6)
    for question in 0..<counting.asked {
      let context = ComputeContext(monitor: StoppingMonitor(stopAt: question))
      #expect(throws: InterruptibleError.stopped(ComputationStopped(reason: .cancelled))) {
        try SVD(leading: 6, of: a, in: context)
      }
    }
  }
}
