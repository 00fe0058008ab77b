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
      #expect(memory.usedBytes < max(naive.count + 65_536, 2 << 20))
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

  /// A body of `count` bytes of which the head promised `expected`.
  private func body(
    _ count: Int, of expected: Int, in memory: BodyMemory, piece: Int = 65_536
  ) -> BodyBytes {
    var buffer = BodyBuffer(memory)
    let pieces = [UInt8](repeating: 7, count: count)
    let isTaken = pieces.withUnsafeBytes { bytes in
      stride(from: 0, to: count, by: piece).allSatisfy { start in
        buffer.append(
          UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + piece, count)]),
          expected: expected)
      }
    }
    #expect(isTaken)
    return buffer.finish()
  }

  @Test func aLargeBlockGoesToNobodyWhoOnlyPromisesMuch() {
    let memory = BodyMemory(limit: 1 << 30)
    let large = body(20 << 20, of: 20 << 20, in: memory)
    let place = large.bytes.baseAddress
    drop(consume large)
    let small = body(10, of: 200 << 20, in: memory)
    #expect(small.bytes.baseAddress != place)
    #expect(memory.usedBytes <= 65_536)
    // Who sends much gets it, and is counted with all of it.
    let second = body(3 << 20, of: 15 << 20, in: memory)
    #expect(second.bytes.baseAddress == place)
    #expect(memory.usedBytes >= 20 << 20)
    drop(consume second)
    #expect(memory.usedBytes <= 65_536)
    #expect(small.count == 10)
  }

  @Test func whatBeginsToComeOfALargeBodyGoesWhereItCanStay() {
    let memory = BodyMemory(limit: 1 << 30)
    let large = body(20 << 20, of: 20 << 20, in: memory)
    let place = large.bytes.baseAddress
    drop(consume large)
    // More than begins in the heap, less than what moves out of a block of the first size.
    let begun = body(100_000, of: 15 << 20, in: memory, piece: 16_384)
    #expect(begun.bytes.baseAddress == place)
    #expect(memory.usedBytes >= 20 << 20)
    #expect(begun.count == 100_000)
    drop(consume begun)
    // One that promises no more than it sends stays where small ones are.
    let small = body(100_000, of: 100_000, in: memory, piece: 16_384)
    #expect(small.bytes.baseAddress != place)
    #expect(small.count == 100_000)
  }

  @Test func reuseStopsAtHalfTheBudget() {
    let memory = BodyMemory(limit: 40 << 20)
    drop(body(16 << 20, of: 0, in: memory))
    let first = body(3 << 20, of: 4 << 20, in: memory)
    #expect(memory.usedBytes >= 16 << 20)
    drop(body(16 << 20, of: 0, in: memory))
    // Another would leave room for less than half.
    let second = body(3 << 20, of: 4 << 20, in: memory)
    #expect(memory.usedBytes < 20 << 20)
    #expect(first.count + second.count == 6 << 20)
  }

  private func drop(_ body: consuming BodyBytes) {}

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
