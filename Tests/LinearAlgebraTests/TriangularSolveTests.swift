import LinearAlgebra
import TestSupport
import Testing

@Suite struct TriangularSolveTests {
  @Test(arguments: [0, 1, 2, 9, 65, 130], [false, true])
  func solvesEveryForm(n: Int, fromRight: Bool) {
    func check<S: Real>(_ type: S.Type) {
      // Well conditioned: a dominant diagonal.
      var full: Matrix<S> = Samples.normal(n, n, seed: 8)
      full.scale(by: 1 / S(2 * n + 1))
      full.addToDiagonal(1)
      for triangle in [Triangle.lower, .upper] {
        let t = Matrix<S>(rows: n, columns: n) { i, j in
          (triangle == .lower ? j <= i : j >= i) ? full[i, j] : 0
        }
        for transposed in [false, true] {
          for viewTransposed in [false, true] {
            let x: Matrix<S> = Samples.normal(
              fromRight ? 4 : n, fromRight ? n : 4, seed: 9)
            let op = transposed ? NaiveAlgebra.transpose(t) : t
            let b = Matrix<S>(
              converting: fromRight ? NaiveAlgebra.product(x, op) : NaiveAlgebra.product(op, x))
            var solved = b
            // The other half holds what must not be read.
            var given = full
            if viewTransposed { given = NaiveAlgebra.transpose(given) }
            given.withView { view in
              solved.withMutableView {
                solveTriangular(
                  viewTransposed ? view.transposed : view, triangle, transposed: transposed,
                  fromRight: fromRight, into: $0)
              }
            }
            let bound = 20 * Double(n + 1) * Double(S.ulpOfOne) * NaiveAlgebra.frobeniusNorm(x)
            #expect(
              NaiveAlgebra.largestDifference(solved, x) <= bound,
              "\(S.self) \(triangle) transposed \(transposed) view \(viewTransposed)")
          }
        }
      }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test func namesTheZeroOnTheDiagonal() {
    let t = Matrix<Double>([[1, 0, 0], [2, 0, 0], [3, 4, 5]])
    #expect(throws: LinearAlgebraError.singular(pivot: 1)) {
      try t.solveTriangular(.lower, .identity(3))
    }
  }
}
