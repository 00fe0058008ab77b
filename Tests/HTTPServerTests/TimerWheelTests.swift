import HTTPServer
import TestSupport
import Testing

@Suite struct TimerWheelTests {
  private func id(_ slot: Int) -> ConnectionID {
    ConnectionID(slot: UInt32(slot), generation: 1)
  }

  @Test func bringsEntriesUpAtTheirTimeAndNotBefore() {
    var random = SplitMix64(seed: 11)
    var wheel = TimerWheel(now: 1_000, resolution: 10)
    var due: [ConnectionID: Int64] = [:]
    for slot in 0..<500 {
      let deadline = Int64.random(in: 900...20_000, using: &random)
      let time = wheel.insert(id(slot), deadline: deadline)
      due[id(slot)] = time
      #expect(time >= min(deadline, 1_000 + 1_022 * 10) && time <= max(deadline, 1_001) + 20)
    }
    var now: Int64 = 1_000
    var expired: [ConnectionID] = []
    while !due.isEmpty {
      let timeout = wheel.timeout(now: now)
      #expect(timeout >= 0)
      now += Int64(max(timeout, 1))
      expired = []
      wheel.expire(now: now, into: &expired)
      for entry in expired {
        let time = due.removeValue(forKey: entry)
        #expect(time.map { $0 <= now } == true)
      }
      #expect(due.values.allSatisfy { $0 > now - 10 })
    }
    #expect(wheel.timeout(now: now) == -1)
  }

  @Test func survivesALongPause() {
    var wheel = TimerWheel(now: 0, resolution: 10)
    _ = wheel.insert(id(1), deadline: 500)
    var expired: [ConnectionID] = []
    wheel.expire(now: 10_000_000, into: &expired)
    #expect(expired == [id(1)])
    let due = wheel.insert(id(2), deadline: 10_000_100)
    #expect(due >= 10_000_100 && due <= 10_000_110)
  }

  @Test func keepsTokensApart() {
    let id = ConnectionID(slot: 7, generation: 9)
    #expect(ConnectionID(token: id.token) == id)
  }
}
