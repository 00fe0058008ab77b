import LinearAlgebra
import TestSupport
import Testing

@Suite struct MatrixTests {
  @Test func isRowMajor() {
    let a = Matrix<Double>([[1, 2, 3], [4, 5, 6]])
    #expect(a.rows == 2 && a.columns == 3 && a.count == 6)
    #expect(a.elements == [1, 2, 3, 4, 5, 6])
    #expect(a[1, 0] == 4 && a.row(1) == [4, 5, 6] && a.column(2) == [3, 6])
    #expect(a.diagonal == [1, 5])
  }

  @Test func isAValue() {
    let a = Matrix<Double>(rows: 2, columns: 2)
    var b = a
    b[0, 0] = 1
    #expect(a[0, 0] == 0 && a != b)
    #expect(Matrix<Double>(rows: 0, columns: 3) != Matrix<Double>(rows: 3, columns: 0))
  }

  @Test func checksShapesFromOutside() throws {
    #expect(throws: LinearAlgebraError.shapeMismatch(expected: 6, actual: 5)) {
      try Matrix<Double>(rows: 2, columns: 3, checking: [1, 2, 3, 4, 5])
    }
    #expect(throws: LinearAlgebraError.self) {
      try Matrix<Double>(rows: -1, columns: -1, checking: [1])
    }
    #expect(throws: LinearAlgebraError.self) {
      try Matrix<Double>(rows: .max, columns: 3, checking: [])
    }
    #expect(try Matrix<Double>(rows: 1, columns: 2, checking: [1, 2]).elements == [1, 2])
  }

  @Test func makesMatricesByRule() {
    #expect(Matrix<Float>.identity(2).elements == [1, 0, 0, 1])
    #expect(Matrix<Float>.diagonal([3, 4]).elements == [3, 0, 0, 4])
    #expect(Matrix<Float>(rows: 2, columns: 2) { Float(10 * $0 + $1) }.elements == [0, 1, 10, 11])
    #expect(Matrix<Float>([]).count == 0)
  }

  @Test func passesOnTheErrorOfItsInitializer() {
    struct Refused: Error {}
    #expect(throws: Refused.self) {
      try Matrix<Float>(
        rows: 4, columns: 4, unsafeUninitialized: { _ throws(Refused) in throw Refused() })
    }
  }

  @Test(arguments: [(0, 0), (1, 1), (1, 9), (9, 1), (15, 16), (17, 33), (100, 31)])
  func transposes(rows: Int, columns: Int) {
    let single: Matrix<Float> = Samples.normal(rows, columns)
    #expect(single.transposed() == NaiveAlgebra.transpose(single))
    let double: Matrix<Double> = Samples.normal(rows, columns)
    #expect(double.transposed() == NaiveAlgebra.transpose(double))
  }

  @Test func convertsBetweenPrecisions() {
    let values = [0.1, 1e40, -3, 16_777_217, 1e-50]
    let single = Matrix<Float>(converting: Matrix<Double>(rows: 1, columns: 5, elements: values))
    #expect(single.elements == values.map { Float($0) })
    #expect(Matrix<Double>(converting: single).elements == single.elements.map { Double($0) })
  }

  @Test func lendsRows() {
    var a = Matrix<Double>([[1, 2], [3, 4], [5, 6]])
    #expect(a.withRow(1) { row in row[0] + row[1] } == 7)
    a.withMutableRow(2) { row in row[1] = 60 }
    #expect(a.elements == [1, 2, 3, 4, 5, 60])
  }

  @Test func cutsAndReplacesBlocks() {
    let a = Matrix<Double>(rows: 4, columns: 5) { Double(10 * $0 + $1) }
    #expect(a.block(rows: 1..<3, columns: 2..<4) == Matrix([[12, 13], [22, 23]]))
    var b = a
    b.replace(atRow: 2, column: 3, with: Matrix([[-1, -2], [-3, -4]]))
    #expect(b[2, 3] == -1 && b[2, 4] == -2 && b[3, 3] == -3 && b[3, 4] == -4 && b[1, 3] == 13)
  }

  @Test func looksThroughTransposedViewsAndBlocksOfThem() {
    let a = Matrix<Double>(rows: 4, columns: 6) { Double(10 * $0 + $1) }
    a.withView { view in
      let block = view.transposed.block(rows: 1..<4, columns: 2..<4)
      #expect(block[0, 0] == 21 && block[2, 1] == 33)
      #expect(Matrix(block) == Matrix([[21, 31], [22, 32], [23, 33]]))
      #expect(Matrix(view.rows(1..<2)) == Matrix([[10, 11, 12, 13, 14, 15]]))
      #expect(Matrix(view.columns(5..<6)).elements == [5, 15, 25, 35])
    }
  }
}
