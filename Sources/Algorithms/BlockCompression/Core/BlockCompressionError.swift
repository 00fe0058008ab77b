public import Compute
import LinearAlgebra

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

extension BlockCompressionError {
  init(_ error: InterruptibleError, routine: String) {
    switch error {
    case .stopped(let stopped): self = .stopped(stopped)
    case .failed: self = .notConverged(routine: routine)
    }
  }
}

/// Gives a stop the error type of this room.
package func stoppable<R>(
  _ work: () throws(ComputationStopped) -> R
) throws(BlockCompressionError) -> R {
  do throws(ComputationStopped) {
    return try work()
  } catch {
    throw .stopped(error)
  }
}
