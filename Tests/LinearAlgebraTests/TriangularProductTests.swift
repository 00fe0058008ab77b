import LinearAlgebra
import TestSupport
import Testing

@Suite struct TriangularProductTests {
  /// Narrow others are one call of BLAS, wide ones products of halves.
  @Test(arguments: [0, 1, 2, 9, 65, 130], [(false, 4), (true, 4), (false, 40), (true, 40)])
  func multipliesInEveryForm(n: Int, other: (fromRight: Bool, count: Int)) {
    let fromRight = other.fromRight
    func check<S: Real>(_ type: S.Type) {
      let full: Matrix<S> = Samples.normal(n, n, seed: 8)
      let t = Matrix<S>(rows: n, columns: n) { i, j in j <= i ? full[i, j] : 0 }
      for (transposed, viewTransposed) in [
        (false, false), (false, true), (true, false), (true, true),
      ] {
        let x: Matrix<S> = Samples.normal(
          fromRight ? other.count : n, fromRight ? n : other.count, seed: 9)
        let op = transposed ? NaiveAlgebra.transpose(t) : t
        var wanted = Matrix<S>(
          converting: fromRight ? NaiveAlgebra.product(x, op) : NaiveAlgebra.product(op, x))
        wanted.scale(by: -3)
        var result = x
        // The other half holds what must not be read.
        let given = viewTransposed ? NaiveAlgebra.transpose(full) : full
        given.withView { view in
          result.withMutableView {
            multiplyTriangular(
              lower: viewTransposed ? view.transposed : view, transposed: transposed,
              fromRight: fromRight, alpha: -3, into: $0)
          }
        }
        // |fl(x·y) - x·y| ≤ n·eps·|x||y|, and every norm here is at most ‖T‖_F·‖X‖_F.
        let bound =
          3 * Double(n + 2) * Double(S.ulpOfOne) * NaiveAlgebra.frobeniusNorm(t)
          * NaiveAlgebra.frobeniusNorm(x)
        #expect(
          NaiveAlgebra.largestDifference(result, wanted) <= bound,
          "\(S.self) transposed \(transposed) view \(viewTransposed)")
      }
    }
    check(Float.self)
    check(Double.self)
  }
}
