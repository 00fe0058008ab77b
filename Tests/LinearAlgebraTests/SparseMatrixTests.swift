import Compute
import LinearAlgebra
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct SparseMatrixTests {
  /// About one entry in `one` is not zero.
  static func sample(_ rows: Int, _ columns: Int, oneIn one: Int) -> Matrix<Double> {
    var generator = RandomGenerator(seed: 21, stream: 0)
    return Matrix(rows: rows, columns: columns) { _, _ in
      let value = generator.normal()
      return generator.below(one) == 0 ? value : 0
    }
  }

  @Test func addsEntriesAtOnePlaceAndSortsTheRest() {
    let sparse = SparseMatrix<Double>(
      rows: 3, columns: 4,
      entries: [(2, 3, 1), (0, 1, 2), (2, 0, 4), (2, 3, 8), (0, 1, -1)])
    #expect(sparse.rowStarts == [0, 1, 1, 3])
    #expect(sparse.columnIndices == [1, 0, 3])
    #expect(sparse.values == [1, 4, 9])
    #expect(sparse.count == 3)
  }

  @Test func keepsEmptyRowsAndEmptyMatrices() {
    #expect(SparseMatrix<Float>(rows: 2, columns: 2, entries: []).rowStarts == [0, 0, 0])
    #expect(SparseMatrix<Float>(rows: 0, columns: 5, entries: []).rowStarts == [0])
  }

  @Test(arguments: [(0, 3, 2), (3, 0, 2), (1, 1, 1), (7, 5, 3), (40, 60, 9), (500, 300, 17)])
  func agreesWithTheDenseProduct(rows: Int, columns: Int, vectors: Int) throws {
    func check<S: Real>(_ type: S.Type) throws {
      let dense = Matrix<S>(converting: Self.sample(rows, columns, oneIn: 5))
      let x: Matrix<S> = Samples.normal(columns, vectors, seed: 22)
      let y = try SparseMatrix(dense).times(x, in: ComputeContext())
      let expected = NaiveAlgebra.product(dense, x)
      // (count of a row + 1)·eps·Σ|a||x|, entries normal: below 6 each.
      let bound = Double(columns + 1) * Double(S.ulpOfOne) * 36 * Double(columns + 1)
      #expect(NaiveAlgebra.largestDifference(y, expected) <= bound, "\(S.self)")
    }
    try check(Double.self)
    try check(Float.self)
  }

  @Test func givesTheSameBytesWithAnyNumberOfWorkers() throws {
    let sparse = SparseMatrix(Self.sample(900, 800, oneIn: 4))
    let x: Matrix<Double> = Samples.normal(800, 10, seed: 23)
    let expected = try sparse.times(x, in: ComputeContext())
    for workers in 2...4 {
      let pool = ComputePool(threads: workers)
      let context = ComputeContext(executor: pool.executor(width: workers))
      #expect(try sparse.times(x, in: context) == expected)
      pool.shutdown()
    }
  }
}
