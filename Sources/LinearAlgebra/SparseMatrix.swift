public import Compute

/// A sparse matrix (rows × columns) in compressed rows: a value.
public struct SparseMatrix<Scalar: Real>: Sendable, Equatable {
  public let rows: Int
  public let columns: Int
  /// Where each row's entries begin, and at the end their number (rows + 1).
  public let rowStarts: [Int]
  /// Ascending within a row.
  public let columnIndices: [Int32]
  public let values: [Scalar]

  /// Number of stored entries.
  public var count: Int { values.count }

  /// From entries in any order; those at one place are added in the order given.
  public init(rows: Int, columns: Int, entries: [(row: Int, column: Int, value: Scalar)]) {
    precondition(rows >= 0 && columns >= 0 && columns <= Int(Int32.max), "dimensions fit")
    precondition(
      entries.allSatisfy { 0..<rows ~= $0.row && 0..<columns ~= $0.column }, "entries lie inside")
    // Sorted by place, and by position for equal places, because the sum's order matters.
    let order = entries.indices.sorted {
      let (a, b) = (entries[$0], entries[$1])
      return (a.row, a.column, $0) < (b.row, b.column, $1)
    }
    var starts = [Int](repeating: 0, count: rows + 1)
    var indices: [Int32] = []
    var values: [Scalar] = []
    var last = (row: -1, column: -1)
    for position in order {
      let entry = entries[position]
      if entry.row == last.row, entry.column == last.column {
        values[values.count - 1] += entry.value
      } else {
        indices.append(Int32(entry.column))
        values.append(entry.value)
        starts[entry.row + 1] = values.count
        last = (entry.row, entry.column)
      }
    }
    for row in 0..<rows { starts[row + 1] = max(starts[row + 1], starts[row]) }
    self.rows = rows
    self.columns = columns
    rowStarts = starts
    columnIndices = indices
    self.values = values
  }

  /// The entries of a dense matrix that are not zero.
  public init(_ dense: Matrix<Scalar>) {
    var entries: [(row: Int, column: Int, value: Scalar)] = []
    dense.withView { view in
      for i in 0..<view.rows {
        for (j, value) in view.row(i).enumerated() where value != 0 {
          entries.append((i, j, value))
        }
      }
    }
    self.init(rows: dense.rows, columns: dense.columns, entries: entries)
  }

  /// Y (rows × p) ← A·X with X (columns × p), by the threads of the context.
  ///
  /// 2·count·p flops. Each row of Y is one sum in the order of the entries, so the bytes do not
  /// depend on how rows are split.
  public func multiply(
    _ x: MatrixView<Scalar>, into y: MutableMatrixView<Scalar>, in context: ComputeContext
  ) throws(ComputationStopped) {
    precondition(x.rows == columns && !x.isTransposed, "X is columns × p, row-major")
    precondition(y.rows == rows && y.columns == x.columns, "Y is rows × p")
    // Bands of some 2¹⁸ multiplications: a fraction of a millisecond.
    let work = (count + rows) * max(1, x.columns)
    let bands = ProductPlan.bands(rows, parts: max(1, min(rows, work >> 18)))
    try context.parallelTiles(bands.count) { index in
      multiplyRows(bands[index], x, y)
    }
  }

  private func multiplyRows(
    _ band: Range<Int>, _ x: MatrixView<Scalar>, _ y: MutableMatrixView<Scalar>
  ) {
    let p = x.columns
    rowStarts.withUnsafeBufferPointer { starts in
      columnIndices.withUnsafeBufferPointer { indices in
        values.withUnsafeBufferPointer { values in
          for i in band {
            let line = y.base + i * y.stride
            ElementLoops.fill(p, 0, line)
            for entry in starts[i]..<starts[i + 1] {
              ElementLoops.axpy(p, values[entry], x.base + Int(indices[entry]) * x.stride, line)
            }
          }
        }
      }
    }
  }

  /// A·X (rows × p) for X (columns × p), by the threads of the context.
  public func times(
    _ x: Matrix<Scalar>, in context: ComputeContext
  ) throws(ComputationStopped) -> Matrix<Scalar> {
    try x.withView { x throws(ComputationStopped) in
      try Matrix.fresh(rows, x.columns) { y throws(ComputationStopped) in
        try multiply(x, into: y, in: context)
      }
    }
  }
}
