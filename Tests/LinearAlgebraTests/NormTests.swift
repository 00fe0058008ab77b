import LinearAlgebra
import TestSupport
import Testing

@Suite struct NormTests {
  @Test func agreesWithTheWorkedExample() {
    let a = Matrix<Double>([[1, -2, 3], [-4, 5, -6]])
    #expect(a.maximumMagnitude == 6)
    #expect(a.oneNorm == 9)
    #expect(a.infinityNorm == 15)
    #expect(a.frobeniusNorm == 91.0.squareRoot())
    #expect(a.sumOfSquares == 91)
    #expect(a.trace == 6)
    #expect(a.rowSquaredNorms() == [14, 77])
    #expect(a.columnSquaredNorms() == [17, 29, 45])
    #expect(a.dot(a) == 91)
    #expect(Matrix<Double>([[1, 4], [2, 3]]).skewNorm == 2.0.squareRoot())
  }

  @Test(arguments: [(0, 0), (0, 3), (3, 0), (1, 1), (5, 7), (8, 8), (33, 19), (3, 200)])
  func agreesWithTheFormulas(rows: Int, columns: Int) {
    func check<S: Real>(_ type: S.Type) {
      let a: Matrix<S> = Samples.normal(rows, columns, seed: 1)
      let b: Matrix<S> = Samples.normal(rows, columns, seed: 2)
      let entries = a.elements.map { Double($0) }
      // Sums in another order in double precision: (count + 1)·eps·Σ|terms|.
      let bound = Double(a.count + 1) * Double.ulpOfOne
      let square = entries.reduce(0) { $0 + $1 * $1 }
      #expect((a.sumOfSquares - square).magnitude <= bound * square)
      #expect((a.frobeniusNorm - square.squareRoot()).magnitude <= bound * square.squareRoot())
      #expect(a.maximumMagnitude == entries.map(\.magnitude).max() ?? 0)
      let dot = zip(entries, b.elements).reduce(0) { $0 + $1.0 * Double($1.1) }
      let dotSize = zip(entries, b.elements).reduce(0) { $0 + ($1.0 * Double($1.1)).magnitude }
      #expect((a.dot(b) - dot).magnitude <= bound * dotSize)
      let rowSums = (0..<rows).map { i in a.row(i).reduce(0) { $0 + Double($1.magnitude) } }
      let columnSums = (0..<columns).map { j in a.column(j).reduce(0) { $0 + Double($1.magnitude) }
      }
      #expect((a.infinityNorm - (rowSums.max() ?? 0)).magnitude <= bound * a.infinityNorm)
      #expect((a.oneNorm - (columnSums.max() ?? 0)).magnitude <= bound * a.oneNorm)
      for (i, value) in a.rowSquaredNorms().enumerated() {
        let expected = a.row(i).reduce(0) { $0 + Double($1) * Double($1) }
        #expect((value - expected).magnitude <= bound * expected)
      }
      for (j, value) in a.columnSquaredNorms().enumerated() {
        let expected = a.column(j).reduce(0) { $0 + Double($1) * Double($1) }
        #expect((value - expected).magnitude <= bound * expected)
      }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test(arguments: [1e-150, 1e150, 1e-300, 1e-307, 1e307])
  func doesNotOverflowOrVanish(_ scale: Double) {
    let a = Matrix<Double>([[3, 0], [0, 4]]).scaled(by: scale)
    #expect((a.frobeniusNorm / scale - 5).magnitude <= 4 * 5 * Double.ulpOfOne)
  }

  @Test func keepsTheSmallestNumbers() {
    let tiny = Double.leastNonzeroMagnitude
    let a = Matrix<Double>([[3 * tiny, 4 * tiny]])
    #expect(a.frobeniusNorm == 5 * tiny)
    #expect(Matrix<Double>(rows: 2, columns: 2).frobeniusNorm == 0)
    let single = Matrix<Float>([[3 * .leastNonzeroMagnitude, 4 * .leastNonzeroMagnitude]])
    #expect(single.frobeniusNorm == 5 * Double(Float.leastNonzeroMagnitude))
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity], 0..<20)
  func findsWhatIsNotFinite(value: Double, place: Int) {
    var a: Matrix<Double> = Samples.normal(2, 10)
    #expect(a.isFinite)
    a[place / 10, place % 10] = value
    #expect(!a.isFinite)
    #expect(throws: LinearAlgebraError.nonFinite(row: place / 10, column: place % 10)) {
      try a.requireFinite()
    }
    #expect(value.isNaN ? a.maximumMagnitude.isNaN : a.maximumMagnitude == .infinity)
    #expect(value.isNaN ? a.frobeniusNorm.isNaN : a.frobeniusNorm == .infinity)
    #expect(value.isNaN ? a.oneNorm.isNaN : a.oneNorm == .infinity)
    #expect(value.isNaN ? a.infinityNorm.isNaN : a.infinityNorm == .infinity)
  }
}
