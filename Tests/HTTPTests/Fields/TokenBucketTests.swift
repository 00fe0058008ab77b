import HTTP
import Testing

@Suite struct TokenBucketTests {
  private let start = ContinuousClock.now

  @Test func givesItsBurstThenItsRate() {
    var bucket = TokenBucket(capacity: 2, refillPerSecond: 0.5, now: start)
    #expect(bucket.take(now: start) == .taken(remaining: 1))
    #expect(bucket.take(now: start) == .taken(remaining: 0))
    #expect(bucket.take(now: start) == .refused(retryAfter: 2))
    #expect(bucket.take(now: start + .milliseconds(1_999)) == .refused(retryAfter: 1))
    #expect(bucket.take(now: start + .seconds(2)) == .taken(remaining: 0))
    #expect(bucket.secondsUntilFull(now: start + .seconds(2)) == 4)
  }

  @Test func neverHoldsMoreThanItsCapacity() {
    var bucket = TokenBucket(capacity: 3, refillPerSecond: 1, now: start)
    #expect(bucket.take(3, now: start + .seconds(1_000)) == .taken(remaining: 0))
    #expect(bucket.take(4, now: start + .seconds(1_000)) == .refused(retryAfter: 3))
  }

  @Test func ignoresAClockThatGoesBack() {
    var bucket = TokenBucket(capacity: 1, refillPerSecond: 1, now: start + .seconds(5))
    #expect(bucket.take(now: start + .seconds(5)) == .taken(remaining: 0))
    #expect(bucket.take(now: start) == .refused(retryAfter: 1))
    #expect(bucket.take(now: start + .seconds(6)) == .taken(remaining: 0))
  }
}
