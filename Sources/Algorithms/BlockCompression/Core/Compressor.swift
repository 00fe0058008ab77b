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
  /// Another structure, fitted in closed form for comparison; `nil` for the blocks themselves.
  public var structure: ComparisonStructure?

  public init(budget: Budget) {
    self.budget = budget
  }
}

/// A compressed matrix and how it was come by.
public struct Compression<Scalar: Real>: Sendable {
  public var factors: BlockFactors<Scalar>
  /// Those of the structure that was fitted; of another structure than the blocks their factors hold
  /// some more numbers.
  public var parameters: Int
  public var error: ApproximationError
  /// ||diag(w_rows) (A - Â) diag(w_columns)|| over that of A; `nil` without weights.
  public var weightedError: Double?
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
  ///   - keeper: where the solutions stand over a crash.
  ///   - stored: what becomes of the numbers of a factor where it goes; the figures are those of
  ///     the factors that come out of it. Must leave alone what came out of it before.
  /// - Throws: `impossibleGrid`, `budgetTooSmall`, `notConverged`, `notPositiveDefinite`; `stopped`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public static func compress<Scalar: Real>(
    _ matrix: Matrix<Scalar>, options: CompressionOptions,
    data: DataWeights<Scalar> = DataWeights(), warmStart: BlockFactors<Scalar>? = nil,
    keeper: (any SolutionKeeper<Scalar>)? = nil,
    stored: (@Sendable (Matrix<Scalar>) -> Matrix<Scalar>)? = nil, in context: ComputeContext
  ) throws(BlockCompressionError) -> Compression<Scalar> {
    // By the largest entry to a power of two: exact, and squares stay in range.
    let exponent = matrix.maximumMagnitude > 0 ? Int(matrix.maximumMagnitude.exponent) : 0
    let unit = scaledByPower(matrix, -exponent)
    let grid: BlockGrid
    var part = context
    if let blocks = options.blocks {
      grid = try BlockGrid(
        rows: matrix.rows, columns: matrix.columns, blockRows: blocks.rows,
        blockColumns: blocks.columns)
    } else if let structure = options.structure {
      grid = try structure.grid(for: unit, budget: options.budget, in: context)
    } else {
      grid = try GridSearch.best(unit, options: options, in: context.section(from: 0, to: 0.1))
      part = context.section(from: 0.1, to: 1)
    }
    var start = warmStart
    if let warmStart { start?.s = scaledByPower(warmStart.s, -exponent) }
    var fit = FitPlan(
      matrix: unit, grid: grid, options: options, data: data, warmStart: start, keeper: keeper)
    var compression = try fit.run(in: part) { factors in
      let powers = Self.powers(of: factors, exponent)
      let kept = scaled(factors, by: powers)
      guard let stored else { return (kept, factors) }
      let rounded = BlockFactors(
        grid: kept.grid, u: stored(kept.u), s: stored(kept.s), v: stored(kept.v))
      return (rounded, scaled(rounded, by: (-powers.u, -powers.s, -powers.v)))
    }
    compression.error = compression.error.scaled(
      by: Double(sign: .plus, exponent: exponent, significand: 1))
    return compression
  }

  /// How 2^exponent is spread over the factors: all to s, or to U and V where s would leave the
  /// range.
  private static func powers<Scalar: Real>(
    of factors: BlockFactors<Scalar>, _ exponent: Int
  ) -> (u: Int, s: Int, v: Int) {
    let most = factors.s.maximumMagnitude
    let reached = most > 0 ? Int(most.exponent) + exponent : 0
    let least = Int(Scalar.leastNormalMagnitude.exponent) + Scalar.significandBitCount
    if reached < Int(Scalar.greatestFiniteMagnitude.exponent), reached > least {
      return (0, exponent, 0)
    }
    return (exponent / 2, 0, exponent - exponent / 2)
  }

  private static func scaled<Scalar: Real>(
    _ factors: BlockFactors<Scalar>, by powers: (u: Int, s: Int, v: Int)
  ) -> BlockFactors<Scalar> {
    BlockFactors(
      grid: factors.grid, u: scaledByPower(factors.u, powers.u),
      s: scaledByPower(factors.s, powers.s), v: scaledByPower(factors.v, powers.v))
  }

  /// A·2^exponent, exact but for underflow.
  static func scaledByPower<Scalar: Real>(
    _ matrix: Matrix<Scalar>, _ exponent: Int
  ) -> Matrix<Scalar> {
    guard exponent != 0 else { return matrix }
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
