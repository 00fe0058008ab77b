import Compute
import LinearAlgebra

/// A matrix divided by the power of two next to its largest entry, in the width to compute in.
///
/// Powers of two change no digit, and squares of the entries then neither overflow nor vanish: an
/// input times 1e±150 gives the same bytes.
struct ScaledMatrix<Work: Real> {
  /// The input divided by 2^exponent, of the same shape.
  let matrix: Matrix<Work>
  let exponent: Int
  /// Whether it has more rows than columns.
  var isTall: Bool { matrix.rows > matrix.columns }
  var smallerSide: Int { min(matrix.rows, matrix.columns) }
  var largerSide: Int { max(matrix.rows, matrix.columns) }

  /// - Parameter largest: max |gᵢⱼ|, above zero and finite.
  init<Scalar: Real>(_ g: Matrix<Scalar>, largest: Double, in context: ComputeContext) {
    let exponent = Int(largest.exponent)
    self.exponent = exponent
    let down = PowerOfTwo(exponent: exponent).down
    let (rows, columns) = (g.rows, g.columns)
    matrix = Matrix<Work>(
      rows: rows, columns: columns,
      unsafeUninitialized: { target in
        guard let to = target.baseAddress else { return }
        let out = MutableMatrixView(base: to, rows: rows, columns: columns, stride: columns)
        g.withView { source in
          let bands = RowBands(rows: rows, columns: columns)
          context.parallelFor(bands.count) { band in
            let range = bands[band]
            ElementPasses.scale(
              range.count * columns, from: source.base + range.lowerBound * columns,
              to: out.base + range.lowerBound * columns, by: down.0,
              and: down.1)
          }
        }
      })
  }

  /// x · 2^exponent; infinite when that is beyond the range.
  func unscaled(_ x: Double) -> Double { PowerOfTwo(exponent: exponent).unscaled(x) }
}

/// Rows of a matrix in bands of about 64 Ki elements: a partition by the shape alone.
struct RowBands {
  let rows: Int
  let height: Int

  init(rows: Int, columns: Int) {
    self.rows = rows
    height = max(1, min(rows, (1 << 16) / max(1, columns)))
  }

  var count: Int { rows == 0 ? 0 : (rows + height - 1) / height }

  subscript(_ band: Int) -> Range<Int> {
    band * height..<min(rows, (band + 1) * height)
  }
}
