import Compute
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct ComputePoolTests {
  /// Runs work on the pool and waits for it.
  private func onPool<R: Sendable>(
    _ pool: ComputePool, width: Int, _ work: @escaping @Sendable (any ParallelExecutor) -> R
  ) -> R {
    let answer = ThreadGate<R?>(nil)
    pool.run(width: width) { executor in
      let result = work(executor)
      answer.withLock { $0 = result }
      answer.wakeAll()
    }
    return answer.wait { $0 }
  }

  @Test(arguments: [1, 2, 4], [0, 1, 2, 3, 64, 1000])
  func callsEachIndexOnce(threads: Int, count: Int) {
    let pool = ComputePool(threads: threads)
    defer { pool.shutdown() }
    let calls = onPool(pool, width: threads) { executor in
      let calls = Mutex([Int](repeating: 0, count: count))
      executor.forEach(count) { index in calls.withLock { $0[index] += 1 } }
      return calls.withLock { $0 }
    }
    #expect(calls == Array(repeating: 1, count: count))
  }

  @Test func givesMemoryBackOnceAfterWork() {
    let pool = ComputePool(threads: 1)
    defer { pool.shutdown() }
    #expect(!pool.giveBackMemory())
    #expect(!onPool(pool, width: 1) { _ in pool.giveBackMemory() })
    // The thread is done with one piece of work when it has begun the next.
    let began = ThreadGate(false)
    let ends = ThreadGate(false)
    pool.run(width: 1) { _ in
      began.withLock { $0 = true }
      began.wakeAll()
      ends.wait { $0 ? () : nil }
    }
    began.wait { $0 ? () : nil }
    #expect(!pool.giveBackMemory())
    ends.withLock { $0 = true }
    ends.wakeAll()
    while !pool.giveBackMemory() {}
    #expect(!pool.giveBackMemory())
  }

  @Test func lendsItsIdleThreads() {
    let pool = ComputePool(threads: 3)
    defer { pool.shutdown() }
    // Each of three indices waits for the other two: only three threads at once get through.
    let met = onPool(pool, width: 3) { executor in
      let arrived = ThreadGate(0)
      executor.forEach(3) { _ in
        arrived.withLock { $0 += 1 }
        arrived.wakeAll()
        arrived.wait { $0 == 3 ? () : nil }
      }
      return arrived.withLock { $0 }
    }
    #expect(met == 3)
  }

  @Test(arguments: [1, 2, 3])
  func keepsWithinTheGrantedWidth(_ width: Int) {
    let pool = ComputePool(threads: 4)
    defer { pool.shutdown() }
    let most = onPool(pool, width: width) { executor in
      let load = Mutex((now: 0, most: 0))
      executor.forEach(8) { _ in
        executor.forEach(50) { _ in
          load.withLock { load in
            load.now += 1
            load.most = max(load.most, load.now)
          }
          load.withLock { $0.now -= 1 }
        }
      }
      return load.withLock { $0.most }
    }
    #expect((1...width).contains(most))
  }

  @Test func clipsTheWidthToItsThreads() {
    let pool = ComputePool(threads: 2)
    defer { pool.shutdown() }
    #expect(onPool(pool, width: 9) { $0.width } == 2)
    #expect(onPool(pool, width: 0) { $0.width } == 1)
    #expect(pool.executor(width: 5).width == 2)
  }

  @Test func nestsLoopsWithoutDeadlock() {
    let pool = ComputePool(threads: 3)
    defer { pool.shutdown() }
    let total = onPool(pool, width: 3) { executor in
      let total = Atomic(0)
      executor.forEach(5) { i in
        executor.forEach(4) { j in
          executor.forEach(3) { k in
            total.wrappingAdd(i * 100 + j * 10 + k, ordering: .relaxed)
          }
        }
      }
      return total.load(ordering: .relaxed)
    }
    var expected = 0
    for i in 0..<5 { for j in 0..<4 { for k in 0..<3 { expected += i * 100 + j * 10 + k } } }
    #expect(total == expected)
  }

  @Test func runsManyLoopsOfManyWorksAtOnce() {
    let pool = ComputePool(threads: 4)
    let sums = ThreadGate<[Int]>([])
    for work in 0..<8 {
      pool.run(width: 1 + work % 4) { executor in
        let sum = Atomic(0)
        for _ in 0..<200 {
          executor.forEach(5) { sum.wrappingAdd($0 + work, ordering: .relaxed) }
        }
        sums.withLock { $0.append(sum.load(ordering: .relaxed)) }
      }
    }
    pool.shutdown()  // finishes what was given
    #expect(sums.withLock { $0.sorted() } == (0..<8).map { 200 * (10 + 5 * $0) })
  }

  @Test func serializesWorkOnOneThread() {
    let pool = ComputePool(threads: 1)
    let order = Mutex<[Int]>([])
    for work in 0..<20 {
      pool.run(width: 3) { executor in
        executor.forEach(2) { index in order.withLock { $0.append(2 * work + index) } }
      }
    }
    pool.shutdown()
    #expect(order.withLock { $0 } == Array(0..<40))
  }

  @Test func helpsACallerWithAThreadOfItsOwn() {
    let pool = ComputePool(threads: 2)
    defer { pool.shutdown() }
    let arrived = ThreadGate(0)
    pool.executor(width: 2).forEach(2) { _ in
      arrived.withLock { $0 += 1 }
      arrived.wakeAll()
      arrived.wait { $0 == 2 ? () : nil }
    }
    #expect(arrived.withLock { $0 } == 2)
  }

  @Test func lowersThePriorityOfItsOwnThreadsOnly() {
    let before = ComputePool.currentNiceness
    let pool = ComputePool(threads: 1, niceness: 13)
    let inside = onPool(pool, width: 1) { _ in ComputePool.currentNiceness }
    pool.shutdown()
    #expect(inside == max(13, before))
    #expect(ComputePool.currentNiceness == before)
  }

  @Test func hasRoomOnTheStackForLAPACK() {
    let pool = ComputePool(threads: 1)
    defer { pool.shutdown() }
    let sum = onPool(pool, width: 1) { _ in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 8 << 20) { bytes in
        for index in stride(from: 0, to: bytes.count, by: 4096) { bytes[index] = 1 }
        return stride(from: 0, to: bytes.count, by: 4096).reduce(0) { $0 + Int(bytes[$1]) }
      }
    }
    #expect(sum == (8 << 20) / 4096)
  }

  @Test func endsWhenNobodyHoldsIt() {
    let gone = ThreadGate(false)
    do {
      let pool = ComputePool(threads: 2)
      pool.run(width: 2) { executor in
        executor.forEach(4) { _ in }
        gone.withLock { $0 = true }
        gone.wakeAll()
      }
    }
    #expect(gone.wait { $0 ? true : nil })
  }
}
