import DequeModule
import Dispatch
import Synchronization

/// The request threads: a fixed number, before a bounded queue.
///
/// Each runs on a serial Dispatch queue of its own (one thread for as long as the pool lives) and
/// sleeps on one semaphore; a submission signals only when somebody sleeps.
package final class RequestPool: Sendable {
  package typealias Work = @Sendable () -> Void

  private struct State {
    var queue: Deque<Work> = []
    var sleepers = 0
    var isStopped = false
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
      queue.async(group: finished) { [self] in run() }
    }
  }

  /// Hands work to a thread; false where the queue is full or the pool stopped. `isUrgent` work
  /// (the rest of a request that was let in) goes past the bound.
  package func submit(isUrgent: Bool = false, _ work: @escaping Work) -> Bool {
    let (isTaken, wakes) = state.withLock { state in
      guard !state.isStopped, isUrgent || state.queue.count < limit else { return (false, false) }
      state.queue.append(work)
      guard state.sleepers > 0 else { return (true, false) }
      state.sleepers -= 1
      return (true, true)
    }
    if wakes { wake.signal() }
    return isTaken
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
    case work(Work)
    case sleep
    case end
  }

  private func run() {
    while true {
      let next = state.withLock { state -> Next in
        if let work = state.queue.popFirst() { return .work(work) }
        if state.isStopped { return .end }
        state.sleepers += 1
        return .sleep
      }
      switch next {
      case .work(let work): work()
      case .sleep: wake.wait()
      case .end: return
      }
    }
  }
}
