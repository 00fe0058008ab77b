public import Compute
import Synchronization

/// Stops a computation at its n-th question, and keeps what it was told.
public final class StoppingMonitor: ComputationMonitor {
  private let questions = Atomic(0)
  private let limit: Int
  private let reason: ComputationStopped.Reason
  private let told = Mutex<[Double]>([])

  /// Stops at question number `limit` (from 0) and at all that follow; never when it is nil.
  public init(stopAt limit: Int? = nil, reason: ComputationStopped.Reason = .cancelled) {
    self.limit = limit ?? .max
    self.reason = reason
  }

  public func stopReason() -> ComputationStopped.Reason? {
    questions.wrappingAdd(1, ordering: .relaxed).oldValue >= limit ? reason : nil
  }

  public func progress(fraction: Double, step: Int?, total: Int?, message: String?) {
    told.withLock { $0.append(fraction) }
  }

  /// How often the computation asked.
  public var asked: Int { questions.load(ordering: .relaxed) }

  /// The fractions it reported, in order.
  public var fractions: [Double] { told.withLock { $0 } }
}

/// Runs indices on the calling thread from the last to the first: what depends on the order shows.
public struct BackwardExecutor: ParallelExecutor {
  public init() {}

  public var width: Int { 3 }

  public func forEach(_ count: Int, _ body: @Sendable (Int) -> Void) {
    for index in (0..<max(0, count)).reversed() { body(index) }
  }
}
