public import Compute
public import LinearAlgebra

/// Structures that the blocks are compared with, each fitted in closed form and written as block
/// factors.
public enum ComparisonStructure: String, Sendable, CaseIterable {
  /// The truncated SVD.
  case lowRank = "low-rank"
  /// Every block its own truncated SVD of one rank.
  case monarch
  /// The blocks on the diagonal, the others zero.
  case blockDiagonal = "block-diagonal"
}

extension ComparisonStructure {
  /// The grid that the factors of this structure have: one block where the ranks are the matrix's.
  func grid(within grid: BlockGrid) throws(BlockCompressionError) -> BlockGrid {
    guard self == .lowRank else { return grid }
    return try BlockGrid(
      rows: grid.rows, columns: grid.columns, blockRows: 1, blockColumns: 1)
  }

  /// The grid where none is given: for a block-diagonal matrix the coarsest whose diagonal the budget
  /// pays for, else the best of those that the blocks would try.
  func grid<Scalar: Real>(
    for matrix: Matrix<Scalar>, budget: Budget, in context: ComputeContext
  ) throws(BlockCompressionError) -> BlockGrid {
    let (m, n) = (matrix.rows, matrix.columns)
    let whole = try BlockGrid(rows: m, columns: n, blockRows: 1, blockColumns: 1)
    guard self != .lowRank, let rank = try budget.rank(on: whole) else { return whole }
    let parameters = rank * whole.parametersPerRank
    if self == .blockDiagonal {
      return Yardsticks.diagonalGrid(m, n, parameters: parameters) ?? whole
    }
    var best: (grid: BlockGrid, error: Double)?
    for grid in GridSearch.candidates(rows: m, columns: n) {
      let rank = Yardsticks.monarchRank(grid, parameters: parameters)
      guard rank >= 1 else { continue }
      let error = try BlockSpectra(matrix, grid: grid, count: rank, in: context)
        .error(keeping: rank)
      if let best, best.error <= error { continue }
      best = (grid, error)
    }
    return best?.grid ?? whole
  }

  /// The best fit of this structure with at most as many parameters as the budget gives the blocks
  /// of this grid, or the smallest one that reaches a target error. (A block-diagonal matrix has the
  /// parameters of its blocks.)
  ///
  /// - Returns: the factors, and the parameters of the structure itself.
  /// - Throws: `budgetTooSmall` where rank 1 (or the diagonal) is not paid for; `impossibleGrid` for a
  ///   diagonal of a grid that is not square; `notConverged`, `stopped`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func fit<Scalar: Real>(
    _ matrix: Matrix<Scalar>, grid: BlockGrid, budget: Budget, in context: ComputeContext
  ) throws(BlockCompressionError) -> (factors: BlockFactors<Scalar>, parameters: Int) {
    let parameters = try budget.rank(on: grid).map { $0 * grid.parametersPerRank }
    var target: Double?
    if case .targetError(let error) = budget { target = error }
    switch self {
    case .lowRank:
      let (perRank, most) = (grid.rows + grid.columns, min(grid.rows, grid.columns))
      let paid = try parameters.map { count throws(BlockCompressionError) in
        min(try Self.paid(count, perRank, grid), most)
      }
      let svd = try FactorStarts.decomposition(matrix, rank: paid ?? most, in: context)
      let energy = matrix.sumOfSquares
      let rank =
        paid
        ?? (1...most).first {
          Yardsticks.error(keeping: $0, of: svd.values, all: most, energy: energy) <= target ?? 0
        } ?? most
      return (
        FactorStarts.factors(svd, grid: try self.grid(within: grid), rank: rank), rank * perRank
      )
    case .monarch:
      let perRank = grid.blockColumns * grid.rows + grid.blockRows * grid.columns
      let most = min(grid.blockHeight, grid.blockWidth)
      let rank: Int
      if let parameters {
        rank = min(try Self.paid(parameters, perRank, grid), most)
      } else {
        let spectra = try BlockSpectra(matrix, grid: grid, count: most, in: context)
        rank = (1...most).first { spectra.error(keeping: $0) <= target ?? 0 } ?? most
      }
      return (
        try Self.blocks(of: matrix, grid: grid, rank: rank, in: context), rank * perRank
      )
    case .blockDiagonal:
      guard grid.blockRows == grid.blockColumns else {
        throw .impossibleGrid(
          rows: grid.rows, columns: grid.columns, blockRows: grid.blockRows,
          blockColumns: grid.blockColumns)
      }
      let held = (0..<grid.blockRows).reduce(0) {
        $0 + grid.rowRange($1).count * grid.columnRange($1).count
      }
      if let parameters { _ = try Self.paid(parameters, held, grid) }
      return (Self.diagonal(of: matrix, grid: grid), held)
    }
  }

  /// Every block its leading triplets.
  static func blocks<Scalar: Real>(
    of matrix: Matrix<Scalar>, grid: BlockGrid, rank: Int, in context: ComputeContext
  ) throws(BlockCompressionError) -> BlockFactors<Scalar> {
    let blocks = try context.parallelMap(grid.blocks) { line throws(BlockCompressionError) in
      let block = matrix.block(
        rows: grid.rowRange(line / grid.blockColumns),
        columns: grid.columnRange(line % grid.blockColumns))
      let whole = try BlockGrid(
        rows: block.rows, columns: block.columns, blockRows: 1, blockColumns: 1)
      let factors = try FactorStarts.leadingTriplets(
        block, grid: whole, rank: min(rank, min(block.rows, block.columns)),
        in: context.serial)
      return (p: factors.u, q: factors.v)
    }
    return ClosedForms.blockLowRank(blocks, blockRank: rank, grid: grid)
  }

  /// The blocks on the diagonal of a square grid.
  static func diagonal<Scalar: Real>(
    of matrix: Matrix<Scalar>, grid: BlockGrid
  ) -> BlockFactors<Scalar> {
    ClosedForms.blockDiagonal(
      (0..<grid.blockRows).map {
        matrix.block(rows: grid.rowRange($0), columns: grid.columnRange($0))
      }, grid: grid)
  }

  private static func paid(
    _ parameters: Int, _ perRank: Int, _ grid: BlockGrid
  ) throws(BlockCompressionError) -> Int {
    guard parameters >= perRank else {
      throw .budgetTooSmall(
        budget: parameters, parametersPerRank: perRank,
        smallestKeep: Double(perRank) / Double(grid.denseParameters))
    }
    return parameters / perRank
  }
}
