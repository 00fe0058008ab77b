import HTTPServer
import Testing

/// When a loop runs closures itself, without threads or clocks.
@Suite struct ClosureTimesTests {
  /// Notes `count` closures of `duration` nanoseconds at the time 0; how many it took until they were
  /// no longer short.
  private static func untilLong(
    _ times: inout ClosureTimes, duration: Int64, atMost count: Int
  ) -> Int? {
    for index in 1...count {
      times.note(duration, now: 0)
      if !times.areShort(now: 0) { return index }
    }
    return nil
  }

  @Test func believesClosuresToBeShortUntilTheyAreNot() {
    var times = ClosureTimes(bound: 4_000)
    #expect(times.areShort(now: 0))
    #expect(Self.untilLong(&times, duration: 3_900, atMost: 10_000) == nil)
    #expect(Self.untilLong(&times, duration: 5_000, atMost: 10_000) != nil)
  }

  @Test func oneThatWasInterruptedDecidesNothing() {
    var times = ClosureTimes(bound: 4_000)
    #expect(Self.untilLong(&times, duration: 1_000, atMost: 10_000) == nil)
    times.note(3_000_000_000, now: 0)
    #expect(times.areShort(now: 0))
  }

  @Test func aFewLongOnesDo() throws {
    var times = ClosureTimes(bound: 4_000)
    let count = try #require(Self.untilLong(&times, duration: 1_000_000, atMost: 100))
    #expect((2...10).contains(count))
  }

  /// One in two hundred holds its loop for as long as five hundred requests take.
  @Test func rareLongOnesAmongManyShortOnesDo() {
    var times = ClosureTimes(bound: 4_000)
    var index = 0
    while times.areShort(now: 0), index < 10_000 {
      times.note(index % 200 == 0 ? 3_000_000 : 500, now: 0)
      index += 1
    }
    #expect(index < 1_000)
  }

  @Test func triesAgainAfterAPauseAndBelievesLess() throws {
    var times = ClosureTimes(bound: 4_000)
    _ = Self.untilLong(&times, duration: 1_000_000, atMost: 100)
    #expect(!times.areShort(now: ClosureTimes.pause - 1))
    #expect(times.areShort(now: ClosureTimes.pause))
    for _ in 0..<3 { times.note(1_000_000, now: ClosureTimes.pause) }
    #expect(!times.areShort(now: ClosureTimes.pause))
    #expect(times.areShort(now: 2 * ClosureTimes.pause))
  }

  @Test func withoutABoundNoneIsShort() {
    var times = ClosureTimes(bound: 0)
    #expect(!times.areShort(now: 0))
    times.note(0, now: 0)
    #expect(!times.areShort(now: .max))
  }
}
