public import Compute
public import LinearAlgebra

/// Which solver a compression runs.
public enum Method: Sendable, Equatable {
  case alternating(SolverOptions)
  case gradient(DescentOptions)
}

/// Everything a compression is asked for beside the matrix.
public struct CompressionOptions: Sendable {
  /// b1 and b2; `nil` tries a few grids for a few sweeps and keeps the best.
  public var blocks: (rows: Int, columns: Int)?
  public var budget: Budget
  public var method = Method.alternating(SolverOptions())
  /// The SVD start and so many minus one random ones; the best is kept.
  public var starts = 1

  public init(budget: Budget) {
    self.budget = budget
  }
}

/// A compressed matrix and how it was come by.
public struct Compression<Scalar: Real>: Sendable {
  public var factors: BlockFactors<Scalar>
  public var error: ApproximationError
  /// ||(A - Â) C^½|| / ||A C^½||; `nil` without data.
  public var outputError: Double?
  public var yardsticks: Yardsticks
  public var sweeps: Int
  public var stopReason: StopReason
  public var trace: [Double]
  public var warnings: [String]
}

/// Fits a structured matrix to a given one: budget, grid, start, solver, data, figures.
public enum Compressor {
  /// - Parameters:
  ///   - matrix: A (m × n), finite, of any scale.
  ///   - warmStart: factors of the options' grid to start from instead of the SVD.
  /// - Throws: `impossibleGrid`, `budgetTooSmall`, `notConverged`, `notPositiveDefinite`; `stopped`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public static func compress<Scalar: Real>(
    _ matrix: Matrix<Scalar>, options: CompressionOptions,
    data: DataWeights<Scalar> = DataWeights(), warmStart: BlockFactors<Scalar>? = nil,
    in context: ComputeContext
  ) throws(BlockCompressionError) -> Compression<Scalar> {
    // By the largest entry to a power of two: exact, and squares stay in range.
    let exponent = matrix.maximumMagnitude > 0 ? matrix.maximumMagnitude.exponent : 0
    let scale = Scalar(sign: .plus, exponent: Scalar.Exponent(exponent), significand: 1)
    let scaled = exponent == 0 ? matrix : scaledByPower(matrix, -Int(exponent))
    let grid: BlockGrid
    if let blocks = options.blocks {
      grid = try BlockGrid(
        rows: matrix.rows, columns: matrix.columns, blockRows: blocks.rows,
        blockColumns: blocks.columns)
    } else {
      grid = try GridSearch.best(scaled, options: options, in: context.section(from: 0, to: 0.1))
    }
    var fit = FitPlan(
      matrix: scaled, grid: grid, options: options, data: data, warmStart: warmStart)
    var compression = try fit.run(in: context.section(from: 0.1, to: 1))
    compression.factors.s = scaledByPower(compression.factors.s, Int(exponent))
    compression.error = compression.error.scaled(by: Double(scale))
    return compression
  }

  /// A·2^exponent, exact but for underflow.
  static func scaledByPower<Scalar: Real>(
    _ matrix: Matrix<Scalar>, _ exponent: Int
  ) -> Matrix<Scalar> {
    var result = matrix
    result.withMutableElements { values in
      // In two steps, so that neither factor leaves the range.
      let half = exponent / 2
      let first = Scalar(sign: .plus, exponent: Scalar.Exponent(half), significand: 1)
      let second = Scalar(
        sign: .plus, exponent: Scalar.Exponent(exponent - half), significand: 1)
      for place in values.indices { values[place] = values[place] * first * second }
    }
    return result
  }
}

extension ApproximationError {
  /// The figures of A·scale: only the absolute ones change.
  fileprivate func scaled(by scale: Double) -> ApproximationError {
    ApproximationError(
      relative: relative, relativeSpectral: relativeSpectral, spectral: spectral * scale,
      maximum: maximum * scale, perBlock: perBlock, shares: shares)
  }
}
