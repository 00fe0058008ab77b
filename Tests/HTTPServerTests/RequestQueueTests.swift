import HTTPServer
import TestSupport
import Testing

/// The policy of the request threads, without threads.
@Suite struct RequestQueueTests {
  private typealias Queue = RequestQueue<Int>

  /// A queue before which every thread has gone to sleep, 0 first.
  private static func allSleeping(threads: Int, limit: Int = 100) -> Queue {
    var queue = Queue(threads: threads, limit: limit)
    for thread in 0..<threads { _ = queue.next(for: thread) }
    return queue
  }

  private static func work(_ next: Queue.Next) -> Int? {
    if case .work(let work) = next { work } else { nil }
  }

  @Test func wakesTheThreadThatFellAsleepLast() {
    var queue = Self.allSleeping(threads: 3)
    #expect(queue.awake == 0)
    let (taken, wakes) = queue.add([7])
    #expect(taken == 1)
    #expect(wakes == 2)
    #expect(queue.awake == 1)
  }

  @Test func wakesNobodyWhileOneIsAwake() {
    var queue = Self.allSleeping(threads: 2)
    #expect(queue.add([1]).wakes == 1)
    #expect(queue.add([2, 3]).wakes == nil)
    #expect((0..<3).map { _ in Self.work(queue.next(for: 1)) } == [1, 2, 3])
  }

  @Test func wakesNobodyForNothing() {
    var queue = Self.allSleeping(threads: 1)
    let (taken, wakes) = queue.add([])
    #expect(taken == 0)
    #expect(wakes == nil)
  }

  @Test func takesWhatTheLimitHoldsAndNotOneMore() {
    var queue = Self.allSleeping(threads: 1, limit: 3)
    #expect(queue.add([1, 2, 3, 4]).taken == 3)
    #expect(queue.add([5]).taken == 0)
    #expect(queue.addUrgent(6).isTaken)
    #expect(queue.count == 4)
    #expect((0..<4).map { _ in Self.work(queue.next(for: 0)) } == [1, 2, 3, 6])
  }

  @Test func wakesAnotherForUrgentWork() {
    var queue = Self.allSleeping(threads: 2)
    #expect(queue.add([1]).wakes == 1)
    #expect(queue.addUrgent(2).wakes == 0)
    #expect(queue.addUrgent(3).wakes == nil)
  }

  @Test func relievesWorkThatWaitsForPatienceAndNotBefore() {
    var queue = Self.allSleeping(threads: 3)
    _ = queue.add([1])
    _ = queue.next(for: 2)  // a long piece
    _ = queue.add([2])
    #expect(queue.relieve(now: 1_000) == nil)
    #expect(queue.relieve(now: 1_000 + Queue.patience - 1) == nil)
    #expect(queue.relieve(now: 1_000 + Queue.patience) == 1)
    // The one that was woken has as long before yet another is.
    #expect(queue.relieve(now: 1_000 + Queue.patience * 2 - 1) == nil)
    #expect(queue.relieve(now: 1_000 + Queue.patience * 2) == 0)
    #expect(queue.relieve(now: 1_000 + Queue.patience * 3) == nil)
  }

  @Test func relievesNobodyWhileWorkIsBegun() {
    var queue = Self.allSleeping(threads: 2)
    _ = queue.add(Array(1...10))
    for turn in 1...9 {
      #expect(queue.relieve(now: Int64(turn) * Queue.patience * 10) == nil)
      _ = queue.next(for: 1)
    }
  }

  @Test func relievesNobodyWhereNothingWaits() {
    var queue = Self.allSleeping(threads: 2)
    _ = queue.add([1])
    _ = queue.next(for: 1)
    for turn in 1...5 { #expect(queue.relieve(now: Int64(turn) * Queue.patience * 10) == nil) }
  }

  @Test func wakesEverybodyToEndAndTakesNothingMore() {
    var queue = Self.allSleeping(threads: 3)
    _ = queue.add([1])
    #expect(queue.stop() == [0, 1])
    #expect(queue.add([2]).taken == 0)
    #expect(!queue.addUrgent(3).isTaken)
    #expect(Self.work(queue.next(for: 2)) == 1)
    for thread in 0..<3 {
      guard case .end = queue.next(for: thread) else {
        Issue.record("thread \(thread) does not end")
        continue
      }
    }
  }

  /// Whatever happens in whatever order, no work is left to threads that all sleep, everything is
  /// done once and in order, and a thread is never among the sleepers twice.
  @Test(arguments: 0..<40) func neverForgetsWork(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let threads = Int.random(in: 1...4, using: &random)
    var queue = Queue(threads: threads, limit: 8)
    var awake = Set(0..<threads)
    var (next, done, now) = (0, [Int](), Int64(0))
    func wake(_ thread: Int?) {
      guard let thread else { return }
      #expect(awake.insert(thread).inserted, "seed \(seed): woken while awake")
    }
    for _ in 0..<500 {
      now += .random(in: 0...Queue.patience, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0:
        let batch = Array(next..<next + Int.random(in: 0...5, using: &random))
        let (taken, wakes) = queue.add(batch)
        next += taken
        wake(wakes)
      case 1:
        let (isTaken, wakes) = queue.addUrgent(next)
        #expect(isTaken)
        next += 1
        wake(wakes)
      case 2: wake(queue.relieve(now: now))
      default:
        guard let thread = awake.randomElement(using: &random) else { continue }
        switch queue.next(for: thread) {
        case .work(let work): done.append(work)
        case .sleep: awake.remove(thread)
        case .end: Issue.record("ended without a stop")
        }
      }
      #expect(queue.count == 0 || !awake.isEmpty, "seed \(seed): work is left to sleepers")
      #expect(queue.awake == awake.count)
    }
    #expect(done == Array(0..<done.count), "seed \(seed)")
    #expect(done.count + queue.count == next)
  }
}
