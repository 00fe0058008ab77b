public import Observability

/// How far the telling of a finished job's webhook is.
public struct JobDelivery: Sendable, Equatable {
  public enum State: String, Sendable {
    /// A call is under way, or due at `nextAt`.
    case pending
    /// The receiver took it.
    case delivered
    /// No call was taken, and none follows.
    case failed
  }

  public var state: State
  /// Calls begun.
  public var calls: Int
  /// Of the next call, or by when the one under way is taken for lost; nil when there is none.
  public var nextAt: Timestamp?
  /// The HTTP status of the last answer; nil where there was none.
  public var status: Int?
  /// Why the last call was not taken.
  public var error: String?
}

/// What the receiver of a webhook did.
public enum WebhookAnswer: Sendable, Equatable {
  case taken(status: Int)
  /// To be tried again. `status` nil: there was no answer.
  case refused(status: Int?, reason: String)
  /// Not to be tried again: the receiver says so, or the operator.
  case abandoned(status: Int?, reason: String)
}

/// How webhooks are called.
public struct WebhookConfiguration: Sendable {
  /// Calls until one is taken.
  public var attempts = 5
  /// From the first call to the second; four times longer each time, with a fifth of jitter.
  public var backoffMilliseconds: Int64 = 5000
  /// What one call may take.
  public var timeoutMilliseconds: Int64 = 10_000
  /// Calls at a time.
  public var parallel = 8
  /// Makes one call, and waits for its answer. On a thread of its own.
  public var call: @Sendable (JobRecord) -> WebhookAnswer

  public init(call: @escaping @Sendable (JobRecord) -> WebhookAnswer) { self.call = call }

  /// Milliseconds until the next call after so many; `chance` in 0 ..< 1 decides the jitter.
  package func pause(afterCalls calls: Int, chance: Double) -> Int64 {
    let longest = 3_600_000.0
    var pause = Double(backoffMilliseconds)
    for _ in 1..<max(calls, 1) where pause < longest { pause *= 4 }
    return Int64(min(pause, longest) * (0.8 + 0.4 * chance))
  }
}
