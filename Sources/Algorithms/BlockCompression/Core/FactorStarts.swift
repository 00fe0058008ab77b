public import Compute
public import LinearAlgebra

/// Where a solver starts.
public enum FactorStarts {
  /// From the leading singular triplets, U = u √σ, V = v √σ, all s = 1: exact at once where the
  /// matrix has at most this rank, and the error of the SVD at this rank otherwise. Ranks beyond
  /// min(m, n) are filled with zero columns.
  ///
  /// By one LAPACK call up to a smaller side of 512, by a randomised range finder beyond (the final
  /// error was within 0.3 % in the measurements).
  /// - Throws: `notConverged`, `stopped`.
  public static func leadingTriplets<Scalar: Real>(
    _ matrix: Matrix<Scalar>, grid: BlockGrid, rank: Int, in context: ComputeContext
  ) throws(BlockCompressionError) -> BlockFactors<Scalar> {
    let svd = try decomposition(matrix, rank: rank, in: context)
    return factors(svd, grid: grid, rank: rank)
  }

  /// The leading singular triplets, all of them where that is one short call.
  static func decomposition<Scalar: Real>(
    _ matrix: Matrix<Scalar>, rank: Int, in context: ComputeContext
  ) throws(BlockCompressionError) -> SVD<Scalar> {
    do throws(InterruptibleError) {
      if min(matrix.rows, matrix.columns) <= 512 {
        return try SVD(leading: min(matrix.rows, matrix.columns), of: matrix, in: context)
      }
      return try SVD(
        leading: min(rank, matrix.rows, matrix.columns), of: matrix, stream: 1 << 40, in: context)
    } catch {
      throw BlockCompressionError(error, routine: "singular value decomposition")
    }
  }

  /// The leading singular values alone, all of them where that is one short call.
  static func values<Scalar: Real>(
    _ matrix: Matrix<Scalar>, count: Int, in context: ComputeContext
  ) throws(BlockCompressionError) -> [Scalar] {
    guard min(matrix.rows, matrix.columns) <= 512 else {
      return try decomposition(matrix, rank: count, in: context).values
    }
    try stoppable { () throws(ComputationStopped) in try context.checkpoint() }
    do throws(LinearAlgebraError) {
      return try SVD.values(of: matrix)
    } catch {
      throw .notConverged(routine: "singular values")
    }
  }

  /// A structure in closed form that the blocks hold exactly at this rank (every block of low rank,
  /// or a block-diagonal matrix; specs: BLAST, section 1.8), grown to the rank: where it is better
  /// than the SVD it is the start that the SVD's would not find.
  ///
  /// - Parameter bound: the relative error to beat.
  /// - Returns: `nil` where neither does.
  static func embedded<Scalar: Real>(
    _ matrix: Matrix<Scalar>, spectra: BlockSpectra<Scalar>, rank: Int, below bound: Double,
    in context: ComputeContext
  ) throws(BlockCompressionError) -> BlockFactors<Scalar>? {
    let grid = spectra.grid
    guard grid.blocks > 1 else { return nil }
    let blockRank = rank / max(grid.blockRows, grid.blockColumns)
    let lowRank = blockRank >= 1 ? spectra.error(keeping: blockRank) : .infinity
    let isSquare = grid.blockRows == grid.blockColumns
    let diagonal =
      isSquare && rank >= min(grid.blockHeight, grid.blockWidth)
      ? spectra.errorOfDiagonal : .infinity
    guard min(lowRank, diagonal) < bound else { return nil }
    let factors =
      diagonal <= lowRank
      ? ComparisonStructure.diagonal(of: matrix, grid: grid)
      : try ComparisonStructure.blocks(of: matrix, grid: grid, rank: blockRank, in: context)
    return try extended(factors, to: rank, of: matrix, in: context)
  }

  static func factors<Scalar: Real>(
    _ svd: SVD<Scalar>, grid: BlockGrid, rank: Int
  ) -> BlockFactors<Scalar> {
    let roots = svd.values.prefix(rank).map { $0.squareRoot() }
    let u = Matrix<Scalar>(rows: grid.rows, columns: rank) { row, k in
      k < roots.count ? svd.u[row, k] * roots[k] : 0
    }
    let v = Matrix<Scalar>(rows: grid.columns, columns: rank) { column, k in
      k < roots.count ? svd.vTransposed[k, column] * roots[k] : 0
    }
    return BlockFactors(
      grid: grid, u: u, s: Matrix(rows: grid.blocks, columns: rank, repeating: 1), v: v)
  }

  /// Normal U and V; s = 1 in starts of odd number and normal in those of even number: the signs of s
  /// are most of what tells one random start from another.
  ///
  /// - Parameter number: which of the random starts, from 1.
  public static func random<Scalar: Real>(
    grid: BlockGrid, rank: Int, scale: Double, number: Int, in context: ComputeContext
  ) -> BlockFactors<Scalar> {
    var generator = context.generator(stream: 2 << 40 + UInt64(number))
    func normals(_ rows: Int, _ factor: Double) -> Matrix<Scalar> {
      Matrix<Scalar>(rows: rows, columns: rank) { _, _ in Scalar(factor * generator.normal()) }
    }
    let side = scale / Double(max(rank, 1)).squareRoot()
    let u = normals(grid.rows, side.squareRoot())
    let v = normals(grid.columns, side.squareRoot())
    let s = Matrix<Scalar>(rows: grid.blocks, columns: rank) { _, _ in
      number.isMultiple(of: 2) ? Scalar(generator.normal()) : 1
    }
    return BlockFactors(grid: grid, u: u, s: s, v: v)
  }

  /// The same factors with another rank. A higher one: new columns from the leading triplets of what
  /// is left, so that the error never rises (specs: BLAST, section 1.7). A lower one: the ranks of
  /// the largest scales.
  static func extended<Scalar: Real>(
    _ factors: BlockFactors<Scalar>, to rank: Int, of matrix: Matrix<Scalar>,
    in context: ComputeContext
  ) throws(BlockCompressionError) -> BlockFactors<Scalar> {
    let grown = rank - factors.rank
    guard grown > 0 else { return grown == 0 ? factors : factors.leading(rank) }
    let dense = try stoppable { () throws(ComputationStopped) in
      try factors.dense(in: context)
    }
    let rest = try leadingTriplets(
      matrix - dense, grid: factors.grid, rank: grown, in: context)
    func joined(_ a: Matrix<Scalar>, _ b: Matrix<Scalar>) -> Matrix<Scalar> {
      Matrix<Scalar>(rows: a.rows, columns: rank) { row, k in
        k < a.columns ? a[row, k] : b[row, k - a.columns]
      }
    }
    return BlockFactors(
      grid: factors.grid, u: joined(factors.u, rest.u), s: joined(factors.s, rest.s),
      v: joined(factors.v, rest.v))
  }
}
