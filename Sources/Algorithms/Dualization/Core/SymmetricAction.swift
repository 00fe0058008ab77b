import Compute
import LinearAlgebra

/// Q G, or G Qᵀ where G is tall, for a Q of the smaller side.
enum SymmetricAction {
  /// Rows of a tile; a float64 tile of 256 rows and 512 columns stays in the second-level cache, and
  /// the product packs its operands half as often as with 128.
  private static let bandRows = 256
  private static let bandColumns = 512

  /// alpha Q G rounded to `Out`, tile by tile, so that no wide intermediate is kept.
  ///
  /// 2 m² n flops. Q (m × m), G (m × n) or (n × m). The part of Q that is a multiple of the identity
  /// is applied by itself: sums of k terms lose eps √k of what they add up, which then is only what
  /// Q changes. (Where Q is near a multiple of I that is most of the error of float32.)
  static func apply<Work: Real, Out: Real>(
    _ q: Matrix<Work>, scaledBy alpha: Work, to g: Matrix<Work>, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Out> {
    let isTall = g.rows > g.columns
    let (rows, columns) = (g.rows, g.columns)
    return try Matrix<Out>(
      rows: rows, columns: columns,
      unsafeUninitialized: { buffer throws(DualizationError) in
        guard let base = buffer.baseAddress else { return }
        let out = MutableMatrixView(base: base, rows: rows, columns: columns, stride: columns)
        let mean = Work(q.trace / Double(q.rows))
        var changing = q
        changing.addToDiagonal(-mean)
        try changing.withView { q throws(DualizationError) in
          try g.withView { g throws(DualizationError) in
            let (left, right) = isTall ? (g, q.transposed) : (q, g)
            try tiles(left, right, alpha, plus: alpha * mean, g, into: out, in: context)
          }
        }
      })
  }

  /// The same of a float32 G, widened in the products.
  static func apply(
    _ q: Matrix<Double>, scaledBy alpha: Double, widening g: Matrix<Float>,
    in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Float> {
    let isTall = g.rows > g.columns
    let mean = q.trace / Double(q.rows)
    var changing = q
    changing.addToDiagonal(-mean)
    var result = Matrix<Float>.scratch(rows: g.rows, columns: g.columns)
    try result.withMutableView { out throws(DualizationError) in
      try changing.withView { q throws(DualizationError) in
        try g.withView { g throws(DualizationError) in
          try forEachTile(out.rows, out.columns, in: context) { rows, columns in
            var tile = Matrix<Double>.scratch(rows: rows.count, columns: columns.count)
            tile.withMutableView { tile in
              if isTall {
                multiply(
                  widening: g.rows(rows), q.transposed.columns(columns), alpha: alpha, into: tile)
              } else {
                multiply(q.rows(rows), widening: g.columns(columns), alpha: alpha, into: tile)
              }
              for row in 0..<tile.rows {
                let first = (rows.lowerBound + row) * g.stride + columns.lowerBound
                ElementPasses.round(
                  tile.columns, from: tile.base + row * tile.stride, plus: alpha * mean,
                  g.base + first, to: out.base + first)
              }
            }
          }
        }
      }
    }
    return result
  }

  private static func forEachTile(
    _ rows: Int, _ columns: Int, in context: ComputeContext,
    _ body: @Sendable (Range<Int>, Range<Int>) -> Void
  ) throws(DualizationError) {
    let acrossRows = (rows + bandRows - 1) / bandRows
    let acrossColumns = (columns + bandColumns - 1) / bandColumns
    try stoppable { () throws(ComputationStopped) in
      try context.parallelTiles(acrossRows * acrossColumns) { index in
        let firstRow = index / acrossColumns * bandRows
        let firstColumn = index % acrossColumns * bandColumns
        body(
          firstRow..<min(firstRow + bandRows, rows),
          firstColumn..<min(firstColumn + bandColumns, columns))
      }
    }
  }

  private static func tiles<Work: Real, Out: Real>(
    _ left: MatrixView<Work>, _ right: MatrixView<Work>, _ alpha: Work,
    plus shift: Work, _ g: MatrixView<Work>, into out: MutableMatrixView<Out>,
    in context: ComputeContext
  ) throws(DualizationError) {
    try forEachTile(out.rows, out.columns, in: context) { rows, columns in
      roundedProduct(
        left.rows(rows), right.columns(columns), alpha,
        plus: shift, g.block(rows: rows, columns: columns),
        into: out.block(rows: rows, columns: columns))
    }
  }

  private static func roundedProduct<Work: Real, Out: Real>(
    _ left: MatrixView<Work>, _ right: MatrixView<Work>, _ alpha: Work,
    plus shift: Work, _ g: MatrixView<Work>, into out: MutableMatrixView<Out>
  ) {
    var tile = Matrix<Work>.scratch(rows: out.rows, columns: out.columns)
    tile.withMutableView { tile in
      copy(g, into: tile)
      multiply(left, right, alpha: alpha, beta: shift, into: tile)
      for row in 0..<out.rows {
        ElementPasses.convert(
          out.columns, from: UnsafePointer(tile.base + row * tile.stride),
          to: out.base + row * out.stride)
      }
    }
  }
}
