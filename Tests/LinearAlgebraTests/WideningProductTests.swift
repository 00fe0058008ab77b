import Compute
import LinearAlgebra
import TestSupport
import Testing

/// Products in float64 of float32 operands, against plain sums.
@Suite struct WideningProductTests {
  /// k products and sums of numbers of these sizes, and one with alpha.
  private func bound(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Double {
    Double(a.columns + 3) * Double.ulpOfOne * 0.3 * NaiveAlgebra.frobeniusNorm(a)
      * NaiveAlgebra.frobeniusNorm(b)
  }

  @Test(arguments: [1, 5, 8, 37, 130], [(1, 1), (8, 30), (200, 33), (129, 64), (5, 200)])
  func areThoseOfTheWidenedOperands(m: Int, others: (k: Int, n: Int)) {
    let (k, n) = others
    for transposed in [false, true] {
      let narrow: Matrix<Float> = Samples.normal(k, n, seed: 4)
      let wide: Matrix<Double> = Samples.normal(m, k, seed: 5)
      var wanted = NaiveAlgebra.product(wide, Matrix<Double>(converting: narrow))
      wanted.scale(by: 0.3)
      let given = transposed ? NaiveAlgebra.transpose(narrow) : narrow
      // What was there before is not read.
      var right = Matrix<Double>(rows: m, columns: n, repeating: .nan)
      var left = Matrix<Double>(rows: n, columns: m, repeating: .nan)
      given.withView { given in
        wide.withView { wide in
          let narrow = transposed ? given.transposed : given
          right.withMutableView { multiply(wide, widening: narrow, alpha: 0.3, into: $0) }
          left.withMutableView {
            multiply(widening: narrow.transposed, wide.transposed, alpha: 0.3, into: $0)
          }
        }
      }
      let bound = bound(wide, Matrix<Double>(converting: narrow))
      #expect(NaiveAlgebra.largestDifference(right, wanted) <= bound, "transposed: \(transposed)")
      #expect(
        NaiveAlgebra.largestDifference(left, NaiveAlgebra.transpose(wanted)) <= bound,
        "transposed: \(transposed)")
    }
  }

  @Test(arguments: [(1, 3), (7, 200), (65, 40), (128, 128), (150, 700), (530, 64)], [false, true])
  func gramMatricesAreExactlySymmetric(shape: (m: Int, k: Int), transposed: Bool) throws {
    let a: Matrix<Float> = Samples.normal(shape.m, shape.k, seed: 6)
    let wide = Matrix<Double>(converting: a)
    let wanted = NaiveAlgebra.product(wide, NaiveAlgebra.transpose(wide))
    let given = transposed ? NaiveAlgebra.transpose(a) : a
    let pool = ComputePool(threads: 2)
    defer { pool.shutdown() }
    for context in [ComputeContext(), ComputeContext(executor: pool.executor(width: 2))] {
      let gram = try given.withView { view throws(ComputationStopped) in
        try Matrix<Double>(wideGramOf: transposed ? view.transposed : view, in: context)
      }
      #expect(gram == NaiveAlgebra.transpose(gram))
      #expect(
        NaiveAlgebra.largestDifference(gram, wanted)
          <= bound(wide, NaiveAlgebra.transpose(wide)) / 0.3)
    }
  }

  @Test func theGramMatrixStopsAtEachTile() throws {
    let a: Matrix<Float> = Samples.normal(300, 40, seed: 7)
    let context = ComputeContext(monitor: StoppingMonitor(stopAt: 1, reason: .timeout))
    #expect(throws: ComputationStopped(reason: .timeout)) {
      _ = try a.withView { view throws(ComputationStopped) in
        try Matrix<Double>(wideGramOf: view, in: context)
      }
    }
  }
}
