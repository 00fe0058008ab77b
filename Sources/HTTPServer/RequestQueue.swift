import DequeModule

/// What waits for the request threads, and which of them sleep: the whole policy of the pool as a
/// value, without threads, locks or clocks.
///
/// Waking a thread costs more than a small request, so while one is awake a submission wakes no
/// other: a burst of small requests is done by one thread without another system call. What if the
/// one that is awake has a long piece of work? Whoever has a clock asks `relieve` from time to time,
/// and where nothing was begun for `patience` although something waits the next one is woken.
///
/// Invariants:
/// 1. `sleepers` are the threads that sleep without a signal on its way, in the order in which they
///    fell asleep; the last of them is woken first, since its memory is still in a cache.
/// 2. Where something waits, at least one thread is awake or being woken.
/// 3. `count` is at most `limit`, but for what `addUrgent` put in.
package struct RequestQueue<Work> {
  /// Nanoseconds for which waiting work may see nothing begun: thirty small requests, and a quarter
  /// of what a health check may take.
  package static var patience: Int64 { 300_000 }

  private var waiting: Deque<Work> = []
  private var sleepers: [Int] = []
  private let threads: Int
  private let limit: Int
  /// Nothing is taken from now on.
  package private(set) var isStopped = false
  /// Pieces begun so far; what that was when `relieve` first saw it; and when that was.
  private var begun = 0
  private var seenBegun = -1
  private var seenAt: Int64 = 0

  /// All of `threads` are awake; up to `limit` pieces may wait.
  package init(threads: Int, limit: Int) {
    self.threads = threads
    self.limit = limit
    sleepers.reserveCapacity(threads)
  }

  /// Pieces that wait.
  package var count: Int { waiting.count }

  /// Threads that are awake or being woken.
  package var awake: Int { threads - sleepers.count }

  /// Takes the first pieces of `batch` that find a place.
  ///
  /// - Returns: how many were taken, and the thread to wake.
  package mutating func add(_ batch: [Work]) -> (taken: Int, wakes: Int?) {
    let room = isStopped ? 0 : max(0, limit - waiting.count)
    let taken = min(room, batch.count)
    waiting.append(contentsOf: batch[..<taken])
    return (taken, awake == 0 ? nextSleeper() : nil)
  }

  /// Takes a piece past the bound, and wakes a thread for it where one sleeps.
  package mutating func addUrgent(_ work: Work) -> (isTaken: Bool, wakes: Int?) {
    guard !isStopped else { return (false, nil) }
    waiting.append(work)
    return (true, nextSleeper())
  }

  /// What a thread does next.
  package enum Next {
    case work(Work)
    /// Sleep until it is woken; it is among the sleepers.
    case sleep
    /// The queue is empty and has stopped.
    case end
  }

  /// What thread `index`, which is awake, does next.
  package mutating func next(for index: Int) -> Next {
    if let work = waiting.popFirst() {
      begun &+= 1
      return .work(work)
    }
    if isStopped { return .end }
    sleepers.append(index)
    return .sleep
  }

  /// The thread to wake because work waits and none was begun for `patience`.
  ///
  /// - Parameter now: nanoseconds.
  package mutating func relieve(now: Int64) -> Int? {
    guard !waiting.isEmpty else { return nil }
    if begun != seenBegun {
      seenBegun = begun
      seenAt = now
      return nil
    }
    guard now - seenAt >= Self.patience else { return nil }
    seenAt = now
    return nextSleeper()
  }

  /// Lets the threads end when nothing waits any more.
  ///
  /// - Returns: the threads to wake: all that sleep.
  package mutating func stop() -> [Int] {
    isStopped = true
    defer { sleepers = [] }
    return sleepers
  }

  private mutating func nextSleeper() -> Int? {
    waiting.isEmpty ? nil : sleepers.popLast()
  }
}

extension RequestQueue: Sendable where Work: Sendable {}
extension RequestQueue.Next: Sendable where Work: Sendable {}
