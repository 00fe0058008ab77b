package import HTTP

/// One token bucket for each key, in bounded memory.
///
/// Invariants:
/// 1. A key that is in neither generation has a full bucket.
/// 2. `recent` holds the buckets asked since the last turn, `older` those asked in the turn before
///    and not since. A turn is at least as long as an empty bucket needs to fill, so what a turn
///    drops is full; nothing is searched for.
/// 3. A generation holds at most `maximum` buckets. Where more keys than that come within a turn,
///    the turn ends early and buckets that are not full yet are forgotten: with that many callers
///    memory is what has to be kept, and each of them is slow.
package struct TokenBuckets<Key: Hashable & Sendable>: Sendable {
  package typealias Instant = ContinuousClock.Instant

  /// Buckets of one generation.
  package static var maximum: Int { 65_536 }

  /// Requests at once.
  package let burst: Int
  /// Requests a second in the long run.
  package let rate: Double
  private let maximum: Int
  private let turn: Duration
  private var recent: [Key: TokenBucket] = [:]
  private var older: [Key: TokenBucket] = [:]
  private var turnedAt: Instant?

  package init(burst: Int, rate: Double, maximum: Int = Self.maximum) {
    precondition(burst > 0 && rate > 0 && maximum > 0)
    self.burst = burst
    self.rate = rate
    self.maximum = maximum
    turn = .seconds(Double(burst) / rate)
  }

  /// Buckets held.
  package var count: Int { recent.count + older.count }

  /// Takes a token of the key's bucket. Also says in how many seconds that will be full again.
  package mutating func take(
    _ key: Key, now: Instant
  ) -> (outcome: TokenBucket.Outcome, secondsUntilFull: Double) {
    turnIfDue(now)
    var bucket =
      recent[key] ?? older.removeValue(forKey: key)
      ?? TokenBucket(capacity: Double(burst), refillPerSecond: rate, now: now)
    let outcome = bucket.take(now: now)
    let seconds = bucket.secondsUntilFull(now: now)
    recent[key] = bucket
    return (outcome, seconds)
  }

  private mutating func turnIfDue(_ now: Instant) {
    let since = turnedAt ?? now
    if turnedAt == nil { turnedAt = now }
    guard now - since >= turn || recent.count >= maximum else { return }
    older = now - since >= turn * 2 ? [:] : recent
    recent = [:]
    turnedAt = now
  }
}
