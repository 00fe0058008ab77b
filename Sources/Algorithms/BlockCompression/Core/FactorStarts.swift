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
      switch error {
      case .stopped(let stopped): throw .stopped(stopped)
      case .failed: throw .notConverged(routine: "singular value decomposition")
      }
    }
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

  /// Normal U and V of unit columns, s = 1 with random signs on all but the first start: the signs of
  /// s are most of what tells one random start from another.
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

  /// The same factors with a higher rank: new columns from the leading triplets of what is left, so
  /// that the error never rises (specs: BLAST, section 1.7).
  static func extended<Scalar: Real>(
    _ factors: BlockFactors<Scalar>, to rank: Int, of matrix: Matrix<Scalar>,
    in context: ComputeContext
  ) throws(BlockCompressionError) -> BlockFactors<Scalar> {
    let grown = rank - factors.rank
    guard grown > 0 else { return factors }
    let rest = try leadingTriplets(
      matrix - factors.dense(in: context), grid: factors.grid, rank: grown, in: context)
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
