import Synchronization

/// One of the event streams that may be open at a time; given back with the last reference.
final class EventSlot: Sendable {
  /// A quiet stream gets a comment this often.
  static let heartbeatMilliseconds: Int64 = 15_000

  /// Counts the open streams, and ends them.
  final class Counter: Sendable {
    private struct State {
      var open = 0
      var next = 0
      var ends: [Int: @Sendable () -> Void] = [:]
      var isOver = false
    }

    private let state = Mutex(State())
    let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Nil where as many are open as may be.
    func take() -> EventSlot? {
      let number = state.withLock { state -> Int? in
        guard state.open < limit else { return nil }
        state.open += 1
        state.next += 1
        return state.next
      }
      return number.map { EventSlot(self, $0) }
    }

    var count: Int { state.withLock { $0.open } }

    /// Ends every stream there is, and each new one at once.
    func end() {
      let ends = state.withLock { state in
        state.isOver = true
        let ends = state.ends.values.map { $0 }
        state.ends = [:]
        return ends
      }
      for end in ends { end() }
    }

    fileprivate func keep(_ end: @escaping @Sendable () -> Void, _ number: Int) {
      let isOver = state.withLock { state in
        if !state.isOver { state.ends[number] = end }
        return state.isOver
      }
      if isOver { end() }
    }

    /// What is let go may hold a slot, whose end comes here again: not under the lock.
    fileprivate func forget(_ number: Int) {
      let end = state.withLock { $0.ends.removeValue(forKey: number) }
      withExtendedLifetime(end) {}
    }

    fileprivate func giveBack() {
      state.withLock { $0.open -= 1 }
    }
  }

  private let counter: Counter
  private let number: Int

  private init(_ counter: Counter, _ number: Int) {
    self.counter = counter
    self.number = number
  }

  deinit { counter.giveBack() }

  /// Calls `end` when the service ends its streams; at once where it has.
  func onEnd(_ end: @escaping @Sendable () -> Void) { counter.keep(end, number) }

  /// The stream is over: nobody has to end it. What `onEnd` kept, and holds the stream, is let go.
  func close() { counter.forget(number) }
}
