import HTTP
import Service
import TestSupport
import Testing

@Suite struct TokenBucketsTests {
  private let start = ContinuousClock.now

  private func isTaken(_ outcome: TokenBucket.Outcome) -> Bool {
    if case .taken = outcome { true } else { false }
  }

  @Test func keysDoNotDisturbEachOther() {
    var buckets = TokenBuckets<String>(burst: 2, rate: 1)
    #expect(isTaken(buckets.take("a", now: start).outcome))
    #expect(isTaken(buckets.take("a", now: start).outcome))
    #expect(!isTaken(buckets.take("a", now: start).outcome))
    #expect(isTaken(buckets.take("b", now: start).outcome))
    #expect(buckets.take("b", now: start).secondsUntilFull == 2)
    #expect(isTaken(buckets.take("a", now: start + .seconds(1)).outcome))
    #expect(!isTaken(buckets.take("a", now: start + .seconds(1)).outcome))
  }

  /// What the generations forget is what a bucket kept for ever would say as well.
  @Test func forgetsOnlyWhatIsFull() {
    var buckets = TokenBuckets<Int>(burst: 3, rate: 0.5)
    var reference: [Int: TokenBucket] = [:]
    var random = SplitMix64(seed: 5)
    var now = start
    for step in 0..<20_000 {
      now += .milliseconds(Int.random(in: 0...400, using: &random))
      let key = Int.random(in: 0..<40, using: &random)
      let outcome = buckets.take(key, now: now).outcome
      var bucket =
        reference[key] ?? TokenBucket(capacity: 3, refillPerSecond: 0.5, now: now)
      #expect(outcome == bucket.take(now: now), "step \(step), seed 5")
      reference[key] = bucket
    }
  }

  @Test func letsGoOfThoseWhoStayAway() {
    var buckets = TokenBuckets<Int>(burst: 1, rate: 1)
    for key in 0..<1_000 { _ = buckets.take(key, now: start) }
    #expect(buckets.count == 1_000)
    _ = buckets.take(-1, now: start + .seconds(1))
    #expect(buckets.count == 1_001)
    _ = buckets.take(-1, now: start + .seconds(2))
    #expect(buckets.count == 1)
  }

  @Test func holdsNoMoreThanItsMaximum() {
    var buckets = TokenBuckets<Int>(burst: 1, rate: 0.001, maximum: 100)
    for key in 0..<10_000 {
      #expect(isTaken(buckets.take(key, now: start).outcome))
      #expect(buckets.count <= 200)
    }
    // The last hundred at least are still known.
    for key in 9_900..<10_000 { #expect(!isTaken(buckets.take(key, now: start).outcome)) }
  }
}
