import Compute
public import LinearAlgebra

/// How far a structured matrix is from the matrix it stands for. Relative figures are 0 where both
/// are zero.
public struct ApproximationError: Sendable, Equatable {
  /// ||A - Â|| / ||A|| in the Frobenius norm.
  public let relative: Double
  /// ||A - Â||₂ / ||A||₂, by power iteration.
  public let relativeSpectral: Double
  /// ||A - Â||₂.
  public let spectral: Double
  /// The largest |entry| of A - Â.
  public let maximum: Double
  /// Per block the relative error, `(b1 × b2)`; of a zero block the error itself against ||A||.
  public let perBlock: Matrix<Double>
  /// Per block the share of the squared error, `(b1 × b2)`.
  public let shares: Matrix<Double>

  init(
    relative: Double, relativeSpectral: Double, spectral: Double, maximum: Double,
    perBlock: Matrix<Double>, shares: Matrix<Double>
  ) {
    self.relative = relative
    self.relativeSpectral = relativeSpectral
    self.spectral = spectral
    self.maximum = maximum
    self.perBlock = perBlock
    self.shares = shares
  }

  /// - Complexity: 4mn flops a power step beside the difference itself.
  public init<Scalar: Real>(
    _ matrix: Matrix<Scalar>, approximation: Matrix<Scalar>, grid: BlockGrid
  ) {
    let difference = matrix - approximation
    let norm = matrix.frobeniusNorm
    let error = difference.frobeniusNorm
    relative = norm > 0 ? error / norm : (error > 0 ? .infinity : 0)
    maximum = difference.maximumMagnitude
    spectral = SpectralNorm.estimate(difference)
    let largest = SpectralNorm.estimate(matrix)
    relativeSpectral = largest > 0 ? spectral / largest : (spectral > 0 ? .infinity : 0)
    let (b1, b2) = (grid.blockRows, grid.blockColumns)
    perBlock = Matrix(rows: b1, columns: b2) { i, j in
      let (rows, columns) = (grid.rowRange(i), grid.columnRange(j))
      let own = matrix.block(rows: rows, columns: columns).frobeniusNorm
      let wrong = difference.block(rows: rows, columns: columns).frobeniusNorm
      if own > 0 { return wrong / own }
      return norm > 0 ? wrong / norm : 0
    }
    shares = Matrix(rows: b1, columns: b2) { i, j in
      let wrong = difference.block(
        rows: grid.rowRange(i), columns: grid.columnRange(j)
      ).sumOfSquares
      return error > 0 ? wrong / (error * error) : 0
    }
  }
}

/// The largest singular value by power iteration on EᵀE from a fixed start.
enum SpectralNorm {
  /// Relative accuracy about 1e-12 where the largest is alone, and never above the true value.
  static func estimate<Scalar: Real>(_ matrix: Matrix<Scalar>) -> Double {
    guard matrix.count > 0, matrix.maximumMagnitude > 0 else { return 0 }
    let wide = Matrix<Double>(converting: matrix)
    // All of a small matrix's singular values are cheaper than a slow iteration.
    if min(matrix.rows, matrix.columns) <= 128, let values = try? SVD.values(of: wide) {
      return values.first ?? 0
    }
    var generator = RandomGenerator(seed: 0, stream: 3 << 40)
    var x = generator.normals(wide.columns)
    var norm = 0.0
    for _ in 0..<300 {
      let length = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > 0 else { return norm }
      x = x.map { $0 / length }
      let image = wide.times(x)
      let next = image.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let isSettled = abs(next - norm) <= 1e-12 * next
      norm = max(norm, next)
      if isSettled { break }
      x = wide.transposedTimes(image)
    }
    return norm
  }
}
