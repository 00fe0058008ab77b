import Compute
import LinearAlgebra

/// A matrix of any width applied in float64 to a few vectors on its smaller side's space.
///
/// Rows are widened band by band in the cache, so a float32 matrix is measured without the rounding
/// of float32 sums and without a wide copy. The bands' sums are added in order.
struct ThinOperator<Scalar: Real> {
  private let matrix: Matrix<Scalar>
  private let scale: PowerOfTwo
  let frobeniusNorm: Double

  /// The entries are divided by 2^exponent.
  init(_ matrix: Matrix<Scalar>, exponent: Int) {
    self.matrix = matrix
    scale = PowerOfTwo(exponent: exponent)
    frobeniusNorm = scale.frobeniusNorm(matrix)
  }

  private var isTall: Bool { matrix.rows > matrix.columns }

  /// (smaller × k) → (larger × k): Gᵀ V where G is wide, G V where it is tall.
  func adjoint(
    _ v: Matrix<Double>, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Double> {
    try isTall ? product(v, in: context) : transposedProduct(v, in: context)
  }

  /// (larger × k) → (smaller × k).
  func forward(
    _ v: Matrix<Double>, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Double> {
    try isTall ? transposedProduct(v, in: context) : product(v, in: context)
  }

  private func widened(_ rows: Range<Int>) -> Matrix<Double> {
    let columns = matrix.columns
    return Matrix<Double>(
      rows: rows.count, columns: columns,
      unsafeUninitialized: { target in
        guard let to = target.baseAddress else { return }
        matrix.withView { source in
          ElementPasses.scale(
            rows.count * columns, from: source.base + rows.lowerBound * columns, to: to,
            by: scale.down.0, and: scale.down.1)
        }
      })
  }

  /// M V, band by band.
  private func product(
    _ v: Matrix<Double>, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Double> {
    var result = Matrix<Double>.scratch(rows: matrix.rows, columns: v.columns)
    let bands = RowBands(rows: matrix.rows, columns: matrix.columns)
    try stoppable { () throws(ComputationStopped) in
      try result.withMutableView { out throws(ComputationStopped) in
        try v.withView { v throws(ComputationStopped) in
          try context.parallelTiles(bands.count) { band in
            widened(bands[band]).withView { multiply($0, v, into: out.rows(bands[band])) }
          }
        }
      }
    }
    return result
  }

  /// Mᵀ V: each band's part, then their sum in order.
  private func transposedProduct(
    _ v: Matrix<Double>, in context: ComputeContext
  ) throws(DualizationError) -> Matrix<Double> {
    let bands = RowBands(rows: matrix.rows, columns: matrix.columns)
    let (columns, width) = (matrix.columns, v.columns)
    var parts = Matrix<Double>.scratch(rows: bands.count * columns, columns: width)
    try stoppable { () throws(ComputationStopped) in
      try parts.withMutableView { parts throws(ComputationStopped) in
        try v.withView { v throws(ComputationStopped) in
          try context.parallelTiles(bands.count) { band in
            widened(bands[band]).withView {
              multiply(
                $0.transposed, v.rows(bands[band]),
                into: parts.rows(band * columns..<(band + 1) * columns))
            }
          }
        }
      }
    }
    var result = parts.block(rows: 0..<columns, columns: 0..<width)
    result.withMutableView { sum in
      parts.withView { parts in
        for band in stride(from: 1, to: bands.count, by: 1) {
          add(parts.rows(band * columns..<(band + 1) * columns), to: sum)
        }
      }
    }
    return result
  }
}
