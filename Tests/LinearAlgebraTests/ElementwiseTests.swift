import LinearAlgebra
import TestSupport
import Testing

@Suite struct ElementwiseTests {
  static let shapes = [(0, 0), (0, 3), (1, 1), (3, 5), (7, 8), (9, 17), (40, 33)]

  private func check<S: Real>(_ rows: Int, _ columns: Int, as type: S.Type) {
    let a: Matrix<S> = Samples.normal(rows, columns, seed: 1)
    let b: Matrix<S> = Samples.normal(rows, columns, seed: 2)
    func by(_ rule: (Int, Int) -> S) -> Matrix<S> {
      Matrix(rows: rows, columns: columns, at: rule)
    }
    #expect(a.scaled(by: 3) == by { a[$0, $1] * 3 })
    var c = a
    c.add(b, scaledBy: 2)
    #expect(c == by { a[$0, $1] + 2 * b[$0, $1] })
    c = a
    c.combine(scaledBy: -3, adding: b, scaledBy: 0.5)
    #expect(c == by { 0.5 * b[$0, $1] + -3 * a[$0, $1] })
    c = a
    c.hadamard(b)
    #expect(c == by { a[$0, $1] * b[$0, $1] })
    #expect(a + b == by { a[$0, $1] + b[$0, $1] })
    #expect(a - b == by { a[$0, $1] - b[$0, $1] })
    let (left, right) = (a.column0(rows), b.row0(columns))
    c = a
    c.scaleRows(by: left)
    #expect(c == by { a[$0, $1] * left[$0] })
    c = a
    c.scaleColumns(by: right)
    #expect(c == by { a[$0, $1] * right[$1] })
    c = a
    c.addToDiagonal(7)
    #expect(c == by { $0 == $1 ? a[$0, $1] + 7 : a[$0, $1] })
  }

  @Test(arguments: shapes)
  func agreesWithTheFormulas(rows: Int, columns: Int) {
    check(rows, columns, as: Float.self)
    check(rows, columns, as: Double.self)
  }

  @Test(arguments: [0, 1, 2, 15, 16, 17, 33, 70])
  func mirrorsAndSymmetrizes(_ n: Int) {
    let a: Matrix<Float> = Samples.normal(n, n)
    var mirrored = a
    mirrored.mirrorLower()
    #expect(mirrored == Matrix(rows: n, columns: n) { i, j in j <= i ? a[i, j] : a[j, i] })
    var mean = a
    mean.symmetrize()
    #expect(
      mean
        == Matrix(rows: n, columns: n) { i, j in
          i == j ? a[i, j] : (a[max(i, j), min(i, j)] + a[min(i, j), max(i, j)]) / 2
        })
  }

  @Test func leavesTheRestOfABlockAlone() {
    var a = Matrix<Double>(rows: 5, columns: 6, repeating: 1)
    a.withMutableView { view in
      let block = view.block(rows: 1..<3, columns: 2..<5)
      fill(block, with: 2)
      scale(block, by: 3)
      add(block.readOnly, scaledBy: 1, to: block)
    }
    let expected = Matrix<Double>(rows: 5, columns: 6) { i, j in
      (1..<3).contains(i) && (2..<5).contains(j) ? 12 : 1
    }
    #expect(a == expected)
  }
}

extension Matrix {
  fileprivate func column0(_ count: Int) -> [Scalar] {
    columns > 0 ? column(0) : Array(repeating: 1, count: count)
  }
  fileprivate func row0(_ count: Int) -> [Scalar] {
    rows > 0 ? row(0) : Array(repeating: 1, count: count)
  }
}
