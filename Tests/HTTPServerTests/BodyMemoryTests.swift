import HTTP
import HTTPServer
import TestSupport
import Testing

@Suite struct BodyMemoryTests {
  @Test func keepsWhatWasAppendedThroughEveryGrowth() {
    let memory = BodyMemory(limit: 64 << 20)
    var random = SplitMix64(seed: 3)
    for expected in [0, 10, 100_000, 3_000_000] {
      var buffer = BodyBuffer(memory)
      var naive: [UInt8] = []
      while naive.count < 1_500_000 {
        let count = Int.random(in: 0...200_000, using: &random)
        let piece = (0..<count).map { UInt8(truncatingIfNeeded: $0 ^ naive.count) }
        let isTaken = piece.withUnsafeBytes { buffer.append($0, expected: expected) }
        #expect(isTaken)
        naive += piece
      }
      let body = buffer.finish()
      #expect(body.copied() == naive)
      #expect(UInt(bitPattern: body.bytes.baseAddress) % 64 == 0)
      #expect(memory.usedBytes >= naive.count)
      #expect(memory.usedBytes < naive.count + 65_536)
    }
    #expect(memory.usedBytes == 0)
  }

  @Test func refusesWhatTheBudgetDoesNotHoldAndGivesItBack() {
    let memory = BodyMemory(limit: 131_072)
    var first = BodyBuffer(memory)
    let fits = first.reserve(65_537)
    #expect(fits)
    var second = BodyBuffer(memory)
    let isPast = second.reserve(1)
    #expect(!isPast)
    _ = first.finish()
    #expect(memory.usedBytes == 0)
    let isAtLimit = second.reserve(131_072)
    #expect(isAtLimit)
    let isPastLimit = second.reserve(131_073)
    #expect(!isPastLimit)
  }

  @Test func storesBlocksUntilTheyAreOld() {
    let memory = BodyMemory(limit: 1 << 30)
    var buffer = BodyBuffer(memory)
    let isThere = buffer.reserve(1 << 20)
    #expect(isThere)
    _ = buffer.finish()
    #expect(memory.trim(now: .min / 2, age: 10))
    #expect(!memory.trim(now: .max / 2, age: 10))
  }

  @Test func runsEverythingOnceAndRefusesBeyondTheQueue() async {
    let pool = RequestPool(threads: 3, limit: 1_000)
    let done = Signal<Bool>()
    let counter = Counter(2_000) { done.send(true) }
    for _ in 0..<20 {
      var batch: [RequestPool.Work] = (0..<100).map { _ in
        { context in counter.add(context.isTaken) }
      }
      pool.submit(&batch)
      #expect(batch.isEmpty)
    }
    #expect(await done.wait())
    pool.stop()
    let late = Counter(1) {}
    var batch: [RequestPool.Work] = [{ context in late.add(context.isTaken) }]
    pool.submit(&batch)
    #expect(late.refused == 1)
  }
}
