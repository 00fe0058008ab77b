import CSystem
import Dispatch
import Glibc
import Synchronization

/// Which of the two threads of a loop leads it, and how the other notices that it has to.
///
/// The leader runs a handler's closure itself where that is shorter than handing it over. Should one
/// take long after all, the loop must not wait for it: the other thread looks every few milliseconds
/// and, where it finds the same closure running twice, takes the lead. The first one learns so when its
/// closure returns, and becomes the one that looks. While nothing runs the other sleeps, and while
/// it is not there (it is still in its closure) the leader hands everything over.
///
/// ```
///   leader:   ── run ──▶ closure ──returns──▶ still the same? ── yes ─▶ goes on
///                                                  └────── no ─▶ watches
///   watcher:  ── looks ─▶ same closure as a period ago ─▶ leads
/// ```
///
/// Invariants:
/// 1. `word` is odd while the leader is in a closure. The leader alone makes it odd. Making it even
///    again takes a compare-and-exchange from that very value, done by the leader, which keeps the
///    lead, or by the watcher, which has it from then on: exactly one of them succeeds.
/// 2. What the leader did before the closure happens before what the watcher does after it has taken
///    the lead (the exchange releases and acquires); inside the closure and until it knows that it
///    leads, a thread touches nothing of the loop.
package final class LoopLead: Sendable {
  /// Milliseconds between two looks: one after a closure that took long, twice as many after each
  /// look that found none, up to the longest. A look costs what three requests do; a closure holds
  /// its loop for two of these times at most, and until another thread's turn is over where no core
  /// is free.
  private static let periods: ClosedRange<Int32> = 1...4

  private let word = Atomic<UInt64>(0)
  /// The other thread is there: asleep or looking.
  private let hasWatcher = Atomic<Bool>(false)
  /// It looks; false while it sleeps until it is rung.
  private let isLooking = Atomic<Bool>(true)
  private let hasEnded = Atomic<Bool>(false)
  private let bell = DispatchSemaphore(value: 0)

  /// Nobody watches yet, and no closure runs.
  package init() {}

  /// Another thread would take over: closures may be run by the leader.
  package var isWatched: Bool { hasWatcher.load(ordering: .acquiring) }

  // MARK: The leader's side

  /// The leader goes into a closure.
  ///
  /// - Returns: what `returned` is to be told.
  package func begins() -> UInt64 {
    let piece = word.load(ordering: .relaxed) | 1
    // Either this store is seen by a watcher about to sleep, or its going to sleep is seen here.
    word.store(piece, ordering: .sequentiallyConsistent)
    if !isLooking.load(ordering: .sequentiallyConsistent),
      !isLooking.exchange(true, ordering: .sequentiallyConsistent)
    {
      bell.signal()
    }
    return piece
  }

  /// The closure has returned. False where another thread leads by now.
  package func returned(_ piece: UInt64) -> Bool { settles(piece) }

  /// The loop has ended: the other thread ends too.
  package func end() {
    hasEnded.store(true, ordering: .releasing)
    bell.signal()
  }

  // MARK: The watcher's side

  /// Watches until this thread has to lead (true) or the loop has ended (false).
  package func watch() -> Bool {
    // A look is to disturb nobody: taking the leader's core for it, and having the leader moved to
    // another, cost the requests of that moment more than the look.
    let isPatient = csystem_set_thread_preempts(0) != 0
    defer { if isPatient { _ = csystem_set_thread_preempts(1) } }
    hasWatcher.store(true, ordering: .releasing)
    var seen = look()
    var period = Self.periods.lowerBound
    while !hasEnded.load(ordering: .acquiring) {
      // Not on the bell: its time limit follows the wall clock.
      poll(nil, 0, period)
      if takesOver(from: seen) { return true }
      let now = look()
      if now == seen { sleep(since: now) }
      period = min(2 * period, Self.periods.upperBound)
      seen = look()
    }
    return false
  }

  /// What to compare with a period later.
  package func look() -> UInt64 { word.load(ordering: .sequentiallyConsistent) }

  /// Takes the lead where the closure that ran at the look `seen` still runs.
  package func takesOver(from seen: UInt64) -> Bool {
    guard seen & 1 == 1 else { return false }
    // Before the other can know: from then on it is its own word that counts.
    hasWatcher.store(false, ordering: .releasing)
    if settles(seen) { return true }
    hasWatcher.store(true, ordering: .releasing)
    return false
  }

  /// Nothing has run for a period: sleeps until something does.
  private func sleep(since seen: UInt64) {
    isLooking.store(false, ordering: .sequentiallyConsistent)
    if look() == seen, !hasEnded.load(ordering: .acquiring) { return bell.wait() }
    isLooking.store(true, ordering: .sequentiallyConsistent)
  }

  private func settles(_ piece: UInt64) -> Bool {
    word.compareExchange(
      expected: piece, desired: piece &+ 1, ordering: .acquiringAndReleasing
    ).exchanged
  }
}
