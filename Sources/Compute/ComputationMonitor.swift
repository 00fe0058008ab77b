/// The other end of a running computation: tells it to stop and hears how far it is.
///
/// Called from every thread that takes part in the computation.
public protocol ComputationMonitor: Sendable {
  /// Why to stop, or nil to go on. Called often: an atomic load, not a lock.
  func stopReason() -> ComputationStopped.Reason?

  /// Hears the fraction done (0...1, of the whole computation), the step of so many, and a word.
  func progress(fraction: Double, step: Int?, total: Int?, message: String?)
}

/// Never stops, drops progress.
public struct SilentMonitor: ComputationMonitor {
  public init() {}

  public func stopReason() -> ComputationStopped.Reason? { nil }

  public func progress(fraction: Double, step: Int?, total: Int?, message: String?) {}
}
