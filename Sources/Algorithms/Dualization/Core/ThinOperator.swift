import Compute
import LinearAlgebra

/// A matrix of any width applied in float64 to a few vectors on its smaller side's space.
///
/// A float32 matrix is widened within the products, and so measured without the rounding of float32
/// sums and without a wide copy. A float64 one is scaled band by band in the cache; sums over bands are taken in order within a group of
/// bands, and the groups' sums are added in order: a partition by the shape alone.
struct ThinOperator<Scalar: Real> {
  private let matrix: Matrix<Scalar>
  private let scale: PowerOfTwo
  /// The whole matrix widened and scaled, where that is a single band: once for all products.
  private let widened: Matrix<Double>?
  /// The matrix itself where it is float32: its products are scaled, which is as exact.
  private let narrow: Matrix<Float>?

  /// Groups of bands: as many threads can help, and as many partial sums are held.
  private static var mostGroups: Int { 8 }

  /// The entries are divided by 2^exponent.
  init(_ matrix: Matrix<Scalar>, exponent: Int) {
    self.matrix = matrix
    scale = PowerOfTwo(exponent: exponent)
    narrow = matrix as? Matrix<Float>
    let bands = RowBands(rows: matrix.rows, columns: matrix.columns)
    widened = narrow == nil && bands.count == 1 ? scale.scaledDown(matrix) : nil
  }

  private var isTall: Bool { matrix.rows > matrix.columns }

  /// (smaller × k) → (larger × k): Gᵀ V where G is wide, G V where it is tall.
  func adjoint(
    _ v: Matrix<Double>, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Double> {
    if let narrow { return try product(narrow, transposed: !isTall, v, in: context) }
    return try isTall ? product(v, in: context) : transposedProduct(v, in: context)
  }

  /// (larger × k) → (smaller × k).
  func forward(
    _ v: Matrix<Double>, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Double> {
    if let narrow { return try product(narrow, transposed: isTall, v, in: context) }
    return try isTall ? transposedProduct(v, in: context) : product(v, in: context)
  }

  /// Entries of the result in one piece: a partition by the shape alone.
  private static var pieceRows: Int { 128 }

  /// M V or Mᵀ V of a float32 M as (Vᵀ Mᵀ)ᵀ: M then is the operand that goes through the cache in
  /// panels, once.
  private func product(
    _ narrow: Matrix<Float>, transposed: Bool, _ v: Matrix<Double>, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Double> {
    let rows = transposed ? narrow.columns : narrow.rows
    var turned = Matrix<Double>.scratch(rows: v.columns, columns: rows)
    let pieces = (rows + Self.pieceRows - 1) / Self.pieceRows
    try stoppable { () throws(ComputationStopped) in
      try turned.withMutableView { out throws(ComputationStopped) in
        try v.withView { v throws(ComputationStopped) in
          try narrow.withView { m throws(ComputationStopped) in
            let right = transposed ? m : m.transposed
            try context.parallelTiles(pieces) { piece in
              let own = piece * Self.pieceRows..<min(rows, (piece + 1) * Self.pieceRows)
              multiply(
                v.transposed, widening: right.columns(own),
                alpha: scale.down.0 * scale.down.1, into: out.columns(own))
            }
          }
        }
      }
    }
    return turned.transposed()
  }

  /// Calls `body` with each band of a group: its number in the group, its rows and their widened
  /// entries.
  private func forEachBand(
    of group: Int, _ groups: Int, _ body: (Int, Range<Int>, MatrixView<Double>) -> Void
  ) {
    if let widened {
      return widened.withView { body(0, 0..<matrix.rows, $0) }
    }
    let bands = RowBands(rows: matrix.rows, columns: matrix.columns)
    let own = group * bands.count / groups..<(group + 1) * bands.count / groups
    var wide = Matrix<Double>.scratch(rows: bands.height, columns: matrix.columns)
    for (number, band) in own.enumerated() {
      let rows = bands[band]
      wide.withMutableView { wide in
        matrix.withView { source in
          ElementPasses.scale(
            rows.count * source.columns, from: source.base + rows.lowerBound * source.columns,
            to: wide.base, by: scale.down.0, and: scale.down.1)
        }
        body(number, rows, wide.rows(0..<rows.count).readOnly)
      }
    }
  }

  private var groups: Int {
    min(Self.mostGroups, RowBands(rows: matrix.rows, columns: matrix.columns).count)
  }

  /// M V, band by band.
  private func product(
    _ v: Matrix<Double>, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Double> {
    var result = Matrix<Double>.scratch(rows: matrix.rows, columns: v.columns)
    let groups = groups
    try stoppable { () throws(ComputationStopped) in
      try result.withMutableView { out throws(ComputationStopped) in
        try v.withView { v throws(ComputationStopped) in
          try context.parallelTiles(groups) { group in
            forEachBand(of: group, groups) { _, rows, wide in
              multiply(wide, v, into: out.rows(rows))
            }
          }
        }
      }
    }
    return result
  }

  /// Mᵀ V: each group's part, then their sum in order.
  private func transposedProduct(
    _ v: Matrix<Double>, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Double> {
    let groups = groups
    let (columns, width) = (matrix.columns, v.columns)
    var parts = Matrix<Double>.scratch(rows: groups * columns, columns: width)
    try stoppable { () throws(ComputationStopped) in
      try parts.withMutableView { parts throws(ComputationStopped) in
        try v.withView { v throws(ComputationStopped) in
          try context.parallelTiles(groups) { group in
            let sum = parts.rows(group * columns..<(group + 1) * columns)
            forEachBand(of: group, groups) { number, rows, wide in
              multiply(wide.transposed, v.rows(rows), beta: number == 0 ? 0 : 1, into: sum)
            }
          }
        }
      }
    }
    if groups == 1 { return parts }
    var result = parts.block(rows: 0..<columns, columns: 0..<width)
    result.withMutableView { sum in
      parts.withView { parts in
        for group in 1..<groups {
          add(parts.rows(group * columns..<(group + 1) * columns), to: sum)
        }
      }
    }
    return result
  }
}
