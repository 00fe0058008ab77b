/// Runs the pieces of a computation on the threads granted to it.
public protocol ParallelExecutor: Sendable {
  /// How many threads may work at once, the caller included; at least 1. Only a hint for tuning:
  /// no result may depend on it.
  var width: Int { get }

  /// Calls `body` once with each index in `0..<count`, in any order and on any of the threads, and
  /// returns when all calls have returned. The caller takes part; calls may be nested.
  func forEach(_ count: Int, _ body: @Sendable (Int) -> Void)
}

/// Everything on the calling thread, in order.
public struct SerialExecutor: ParallelExecutor {
  public init() {}

  public var width: Int { 1 }

  public func forEach(_ count: Int, _ body: @Sendable (Int) -> Void) {
    for index in 0..<max(0, count) { body(index) }
  }
}
