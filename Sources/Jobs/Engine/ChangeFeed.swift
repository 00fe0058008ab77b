import Observability
import Synchronization

/// Those who wait for the next change of any job. One call each, at a change or at the deadline.
final class ChangeFeed: Sendable {
  typealias Callback = @Sendable () -> Void

  private struct State {
    var next: UInt64 = 0
    var waiting: [UInt64: (deadline: Timestamp, callback: Callback)] = [:]
  }

  private let state = Mutex(State())

  func add(deadline: Timestamp, callback: @escaping Callback) -> UInt64 {
    state.withLock { state in
      state.next += 1
      state.waiting[state.next] = (deadline, callback)
      return state.next
    }
  }

  func remove(_ number: UInt64) -> Callback? {
    state.withLock { $0.waiting.removeValue(forKey: number)?.callback }
  }

  /// Something changed.
  func wakeAll() {
    let callbacks = state.withLock { state in
      defer { state.waiting = [:] }
      return state.waiting.values.map(\.callback)
    }
    for callback in callbacks { callback() }
  }

  func expire(at now: Timestamp) {
    let callbacks = state.withLock { state -> [Callback] in
      let late = state.waiting.filter { $0.value.deadline <= now }
      for number in late.keys { state.waiting[number] = nil }
      return late.values.map(\.callback)
    }
    for callback in callbacks { callback() }
  }

  func nextDeadline() -> Timestamp? {
    state.withLock { $0.waiting.values.map(\.deadline).min() }
  }
}
