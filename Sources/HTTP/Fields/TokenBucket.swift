/// A rate limit: `capacity` tokens, refilled at a steady rate. A pure value; the caller gives the
/// time.
public struct TokenBucket: Sendable, Hashable {
  /// Tokens when full: the largest burst.
  public let capacity: Double
  /// Tokens added each second.
  public let refillPerSecond: Double
  private var tokens: Double
  private var updated: ContinuousClock.Instant

  /// A full bucket at `now`. Both figures must be positive and finite.
  public init(capacity: Double, refillPerSecond: Double, now: ContinuousClock.Instant) {
    precondition(capacity > 0 && capacity.isFinite)
    precondition(refillPerSecond > 0 && refillPerSecond.isFinite)
    self.capacity = capacity
    self.refillPerSecond = refillPerSecond
    tokens = capacity
    updated = now
  }

  /// What came of asking for tokens.
  public enum Outcome: Sendable, Equatable {
    /// Taken; so many whole tokens are left.
    case taken(remaining: Int)
    /// Too few; enough after so many seconds (at least 1): Retry-After.
    case refused(retryAfter: Int)
  }

  /// Takes `cost` tokens at `now`, or nothing. A clock that goes back adds nothing.
  public mutating func take(_ cost: Double = 1, now: ContinuousClock.Instant) -> Outcome {
    refill(now)
    guard tokens >= cost else {
      let wait = (min(cost, capacity) - tokens) / refillPerSecond
      return .refused(retryAfter: max(1, Int(min(wait, 1e9).rounded(.up))))
    }
    tokens -= cost
    return .taken(remaining: Int(tokens))
  }

  /// Seconds until the bucket is full again, at `now`: the `t` of a RateLimit field. A full bucket
  /// need not be kept.
  public mutating func secondsUntilFull(now: ContinuousClock.Instant) -> Double {
    refill(now)
    return (capacity - tokens) / refillPerSecond
  }

  private mutating func refill(_ now: ContinuousClock.Instant) {
    guard now > updated else { return }
    let elapsed = (now - updated) / .seconds(1)
    tokens = min(capacity, tokens + elapsed * refillPerSecond)
    updated = now
  }
}
