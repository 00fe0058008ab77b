public import Compute

/// Why a compression is refused or ended.
public enum BlockCompressionError: Error, Equatable, Sendable {
  /// The context asked to stop.
  case stopped(ComputationStopped)
  /// A grid with an empty block.
  case impossibleGrid(rows: Int, columns: Int, blockRows: Int, blockColumns: Int)
  /// The budget does not pay for rank 1; `smallestKeep` is the share that does.
  case budgetTooSmall(budget: Int, parametersPerRank: Int, smallestKeep: Double)
  /// A decomposition did not converge.
  case notConverged(routine: String)
  /// A covariance is not positive definite where it has to be.
  case notPositiveDefinite(block: Int)
}
