import Compute
import LinearAlgebra

// What the rooms below throw, as this room's error.

/// Runs work that can only be stopped.
func stoppable<R>(
  _ work: () throws(ComputationStopped) -> R
) throws(DualizationError) -> R {
  do throws(ComputationStopped) {
    return try work()
  } catch {
    throw .stopped(error)
  }
}

/// Runs a decomposition that may fail on its numbers.
func decomposing<R>(
  _ work: () throws(LinearAlgebraError) -> R
) throws(DualizationError) -> R {
  do throws(LinearAlgebraError) {
    return try work()
  } catch {
    throw .numericalFailure(code: "decomposition_failed", reason: error.description)
  }
}

extension ComputeContext {
  /// A checkpoint that throws this room's error.
  func pause(
    _ fraction: Double, step: Int? = nil, of total: Int? = nil, _ message: String? = nil
  ) throws(DualizationError) {
    try stoppable { () throws(ComputationStopped) in
      try checkpoint(fraction, step: step, of: total, message: message)
    }
  }
}

extension ComputeContext {
  /// Only asks whether to stop.
  func pause() throws(DualizationError) {
    try stoppable { () throws(ComputationStopped) in try checkpoint() }
  }
}
