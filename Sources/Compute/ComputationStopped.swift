/// Thrown by a checkpoint of a computation that was asked to stop.
public struct ComputationStopped: Error, Equatable, Sendable {
  /// Who asked.
  public enum Reason: String, Sendable {
    /// The caller cancelled it.
    case cancelled
    /// Its time limit passed.
    case timeout
    /// The process is going down; the computation will be started again.
    case drained
  }

  public let reason: Reason

  public init(reason: Reason) {
    self.reason = reason
  }
}
