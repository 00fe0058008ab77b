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
  /// The best fit of this structure with at most so many parameters (of a block-diagonal matrix: as
  /// many as its blocks have).
  ///
  /// - Throws: `budgetTooSmall` where rank 1 is not paid for; `notConverged`, `stopped`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func fit<Scalar: Real>(
    _ matrix: Matrix<Scalar>, grid: BlockGrid, parameters: Int, in context: ComputeContext
  ) throws(BlockCompressionError) -> BlockFactors<Scalar> {
    switch self {
    case .lowRank:
      let perRank = grid.rows + grid.columns
      let rank = min(try Self.paid(parameters, perRank, grid), min(grid.rows, grid.columns))
      let whole = try BlockGrid(
        rows: grid.rows, columns: grid.columns, blockRows: 1, blockColumns: 1)
      return try FactorStarts.leadingTriplets(matrix, grid: whole, rank: rank, in: context)
    case .monarch:
      let perRank = grid.blockColumns * grid.rows + grid.blockRows * grid.columns
      let rank = min(
        try Self.paid(parameters, perRank, grid), min(grid.blockHeight, grid.blockWidth))
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
    case .blockDiagonal:
      guard grid.blockRows == grid.blockColumns else {
        throw .impossibleGrid(
          rows: grid.rows, columns: grid.columns, blockRows: grid.blockRows,
          blockColumns: grid.blockColumns)
      }
      return ClosedForms.blockDiagonal(
        (0..<grid.blockRows).map {
          matrix.block(rows: grid.rowRange($0), columns: grid.columnRange($0))
        }, grid: grid)
    }
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
