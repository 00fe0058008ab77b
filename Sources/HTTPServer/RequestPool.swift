import CSystem
import DequeModule
import Dispatch
import Synchronization

/// The request threads: a fixed number, before a bounded queue.
///
/// Each runs on a serial Dispatch queue of its own (one thread for as long as the pool lives) and
/// sleeps on one semaphore. Waking a thread costs more than a small request, so at most one is
/// being woken at a time: a submission wakes one, and a thread that finds more work than its own
/// wakes the next. A burst of small requests is done by the first one or two; a long one leaves
/// the others awake.
///
/// Invariants of `State`: `sleepers` threads wait on the semaphore without a signal on its way;
/// `isWaking` is true from a signal until the thread it was for has the lock again.
package final class RequestPool: Sendable {
  /// A piece of work; called once: with true on a request thread, or with false at once where the
  /// queue is full or the pool has stopped.
  package typealias Work = @Sendable (_ isTaken: Bool) -> Void

  private struct State {
    var queue: Deque<Work> = []
    var sleepers = 0
    var isWaking = false
    var isStopped = false

    /// Decides whether somebody has to be woken now.
    mutating func wakes() -> Bool {
      guard sleepers > 0, !isWaking, !queue.isEmpty else { return false }
      sleepers -= 1
      isWaking = true
      return true
    }
  }

  private let state = Mutex(State())
  private let wake = DispatchSemaphore(value: 0)
  private let limit: Int
  private let finished = DispatchGroup()

  /// Starts `threads` threads before a queue of `limit`.
  package init(threads: Int, limit: Int) {
    self.limit = limit
    for index in 0..<max(1, threads) {
      let queue = DispatchQueue(label: "matquay.request.\(index)")
      queue.async(group: finished) { [self] in
        csystem_set_thread_name("mq-request-\(index)")
        run()
      }
    }
  }

  /// Hands over all of `batch`, which is empty afterwards. What finds no place is called with
  /// false, here.
  package func submit(_ batch: inout [Work]) {
    guard !batch.isEmpty else { return }
    let (taken, wakes) = state.withLock { state in
      let room = state.isStopped ? 0 : max(0, limit - state.queue.count)
      let taken = min(room, batch.count)
      state.queue.append(contentsOf: batch[..<taken])
      return (taken, state.wakes())
    }
    if wakes { wake.signal() }
    for work in batch[taken...] { work(false) }
    batch.removeAll(keepingCapacity: batch.count <= 256)
  }

  /// Hands over the rest of a request that was let in: it goes past the bound of the queue.
  package func submitUrgent(_ work: @escaping Work) {
    let (isTaken, wakes) = state.withLock { state in
      guard !state.isStopped else { return (false, false) }
      state.queue.append(work)
      return (true, state.wakes())
    }
    if wakes { wake.signal() }
    if !isTaken { work(false) }
  }

  /// Lets the threads end when the queue is empty; nothing is taken from now on.
  package func stop() {
    let sleepers = state.withLock { state in
      state.isStopped = true
      let sleepers = state.sleepers
      state.sleepers = 0
      return sleepers
    }
    for _ in 0..<sleepers { wake.signal() }
  }

  private enum Next {
    case work(Work, wakes: Bool)
    case sleep
    case end
  }

  private func run() {
    var wasWoken = false
    while true {
      let next = state.withLock { state -> Next in
        if wasWoken { state.isWaking = false }
        if let work = state.queue.popFirst() { return .work(work, wakes: state.wakes()) }
        if state.isStopped { return .end }
        state.sleepers += 1
        return .sleep
      }
      wasWoken = false
      switch next {
      case .work(let work, let wakes):
        if wakes { wake.signal() }
        work(true)
      case .sleep:
        wake.wait()
        wasWoken = true
      case .end: return
      }
    }
  }
}
