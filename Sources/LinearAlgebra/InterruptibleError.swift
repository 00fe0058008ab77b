public import Compute

/// Why a long routine of this room did not finish.
public enum InterruptibleError: Error, Equatable, Sendable {
  /// The computation was asked to stop.
  case stopped(ComputationStopped)
  /// The numbers do not allow it.
  case failed(LinearAlgebraError)
}

/// Runs work that can only be stopped, where more can go wrong.
func stoppable<R>(
  _ work: () throws(ComputationStopped) -> R
) throws(InterruptibleError) -> R {
  do throws(ComputationStopped) {
    return try work()
  } catch {
    throw .stopped(error)
  }
}

/// Runs work that can only fail on its numbers, where more can go wrong.
func fallible<R>(
  _ work: () throws(LinearAlgebraError) -> R
) throws(InterruptibleError) -> R {
  do throws(LinearAlgebraError) {
    return try work()
  } catch {
    throw .failed(error)
  }
}
