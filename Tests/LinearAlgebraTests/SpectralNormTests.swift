import Compute
import LinearAlgebra
import TestSupport
import Testing

@Suite struct SpectralNormTests {
  @Test(arguments: [(1, 1), (1, 7), (7, 1), (30, 20), (20, 30), (65, 65)])
  func comesCloseFromBelow(rows: Int, columns: Int) throws {
    func check<S: Real>(_ type: S.Type) throws {
      let a: Matrix<S> = Samples.normal(rows, columns, seed: 2)
      let exact = Double(try SVD.values(of: a)[0])
      let estimate = try a.spectralNormEstimate(tolerance: 1e-5)
      #expect(estimate.isConverged && estimate.steps >= 1)
      #expect(estimate.value <= exact * (1 + 100 * Double(S.ulpOfOne)))
      // The growth of the last step was below 1e-5; the sum of those to come is some 1e-3.
      #expect(estimate.value >= exact * (1 - 5e-3))
    }
    try check(Double.self)
    try check(Float.self)
  }

  @Test(arguments: [1e-300, 1e-150, 1, 1e150, 1e300])
  func isIndifferentToScale(_ scale: Double) throws {
    let a = Samples.withSingularValues([2, 1, 0.5], rows: 9, columns: 5).scaled(by: scale)
    let estimate = try a.spectralNormEstimate(tolerance: 1e-10)
    #expect((estimate.value / scale - 2).magnitude < 1e-8)
  }

  @Test func saysWhenItDidNotConverge() throws {
    let a: Matrix<Double> = Samples.normal(50, 50)
    let estimate = try a.spectralNormEstimate(tolerance: 0, maximumSteps: 3)
    #expect(estimate.steps == 3 && !estimate.isConverged && estimate.value > 0)
  }

  @Test func knowsTheZeroMatrixAndRefusesWhatIsNotFinite() throws {
    let zero = try Matrix<Double>(rows: 3, columns: 2).spectralNormEstimate()
    #expect(zero.value == 0 && zero.steps == 0 && zero.isConverged)
    #expect(try Matrix<Double>(rows: 0, columns: 2).spectralNormEstimate().value == 0)
    let broken = Matrix<Double>([[1, .nan]])
    #expect(throws: InterruptibleError.failed(.nonFinite(row: 0, column: 1))) {
      try broken.spectralNormEstimate()
    }
  }

  @Test func stopsAtEachStep() {
    let a: Matrix<Double> = Samples.normal(20, 20)
    for question in 0..<3 {
      let context = ComputeContext(monitor: StoppingMonitor(stopAt: question))
      #expect(throws: InterruptibleError.stopped(ComputationStopped(reason: .cancelled))) {
        try a.spectralNormEstimate(tolerance: 0, maximumSteps: 10, in: context)
      }
    }
  }
}
