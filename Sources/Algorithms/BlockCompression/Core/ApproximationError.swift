public import Compute
public import LinearAlgebra

/// How far a structured matrix is from the matrix it stands for. Relative figures are 0 where both
/// are zero.
public struct ApproximationError: Sendable, Equatable {
  /// ||A - Â|| / ||A|| in the Frobenius norm.
  public let relative: Double
  /// ||A - Â||₂ / ||A||₂.
  public let relativeSpectral: Double
  /// ||A - Â||₂.
  public let spectral: Double
  /// The largest |entry| of A - Â.
  public let maximum: Double
  /// Per block the relative error, `(b1 × b2)`; of a zero block the error itself against ||A||.
  public let perBlock: Matrix<Double>
  /// Per block the share of the squared error, `(b1 × b2)`.
  public let shares: Matrix<Double>

  /// The figures of A - Â (m × n); the spectral norms to about nine digits (float32: six).
  ///
  /// - Throws: `notConverged`, `stopped`.
  /// - Complexity: some hundred products with a vector beside the difference itself.
  public init<Scalar: Real>(
    _ matrix: Matrix<Scalar>, approximation: Matrix<Scalar>, grid: BlockGrid,
    in context: ComputeContext = ComputeContext()
  ) throws(BlockCompressionError) {
    let difference = matrix - approximation
    let norm = matrix.frobeniusNorm
    let error = difference.frobeniusNorm
    relative = Self.ratio(error, norm)
    maximum = difference.maximumMagnitude
    spectral = try SpectralNorm.of(difference, in: context)
    relativeSpectral = Self.ratio(spectral, try SpectralNorm.of(matrix, in: context))
    let (b1, b2) = (grid.blockRows, grid.blockColumns)
    func norms(_ matrix: Matrix<Scalar>) -> Matrix<Double> {
      matrix.withView { matrix in
        Matrix<Double>(rows: b1, columns: b2) { i, j in
          matrix.block(rows: grid.rowRange(i), columns: grid.columnRange(j)).frobeniusNorm
        }
      }
    }
    let (own, wrong) = (norms(matrix), norms(difference))
    perBlock = Matrix<Double>(rows: b1, columns: b2) { i, j in
      Self.ratio(wrong[i, j], own[i, j] > 0 ? own[i, j] : norm)
    }
    shares = Matrix<Double>(rows: b1, columns: b2) { i, j in
      let part = error > 0 ? wrong[i, j] / error : 0
      return part * part
    }
  }

  private init(_ other: ApproximationError, scaledBy scale: Double) {
    relative = other.relative
    relativeSpectral = other.relativeSpectral
    spectral = other.spectral * scale
    maximum = other.maximum * scale
    perBlock = other.perBlock
    shares = other.shares
  }

  /// The figures of A·scale: only the absolute ones change.
  func scaled(by scale: Double) -> ApproximationError {
    ApproximationError(self, scaledBy: scale)
  }

  /// 0 where both are zero.
  private static func ratio(_ part: Double, _ whole: Double) -> Double {
    whole > 0 ? part / whole : (part > 0 ? .infinity : 0)
  }
}

/// The largest singular value.
enum SpectralNorm {
  /// Up to this smaller side all singular values are cheaper than an iteration.
  private static var wholeSide: Int { 128 }

  /// - Throws: `notConverged`, `stopped`.
  static func of<Scalar: Real>(
    _ matrix: Matrix<Scalar>, in context: ComputeContext
  ) throws(BlockCompressionError) -> Double {
    let most = matrix.maximumMagnitude
    guard most > 0 else { return 0 }
    // Squares of the entries have to stay in the range.
    let exponent = Int(most.exponent)
    let scaled = Compressor.scaledByPower(matrix, -exponent)
    let scale = Double(sign: .plus, exponent: exponent, significand: 1)
    do throws(InterruptibleError) {
      if min(matrix.rows, matrix.columns) <= wholeSide {
        do throws(LinearAlgebraError) {
          return scale * (try SVD.values(of: Matrix<Double>(converting: scaled)).first ?? 0)
        } catch {
          throw .failed(error)
        }
      }
      return scale * (try iterated(scaled, in: context))
    } catch {
      throw BlockCompressionError(error, routine: "spectral norm")
    }
  }

  /// √λ of the largest eigenvalue λ of EᵀE, or of EEᵀ where that is smaller.
  private static func iterated<Scalar: Real>(
    _ matrix: Matrix<Scalar>, in context: ComputeContext
  ) throws(InterruptibleError) -> Double {
    let isWide = matrix.columns > matrix.rows
    let (long, short) = (
      max(matrix.rows, matrix.columns), min(matrix.rows, matrix.columns)
    )
    let eigen = try LeadingEigen<Scalar>(
      order: short, count: 1, by: .largest,
      // The value's error is of the square of its residual.
      tolerance: Scalar.self == Float.self ? 1e-3 : 1e-5, maximumSteps: 40, stream: 3 << 40,
      in: context
    ) { x, y throws(ComputationStopped) in
      try matrix.withView { a throws(ComputationStopped) in
        let a = isWide ? a.transposed : a  // (long × short)
        var image = Matrix<Scalar>(rows: long, columns: x.columns)
        try image.withMutableView { image throws(ComputationStopped) in
          try multiply(a, x, into: image, in: context)
          try multiply(a.transposed, image.readOnly, into: y, in: context)
        }
      }
    }
    return Double(max(eigen.values.first ?? 0, 0)).squareRoot()
  }
}
