import Synchronization

/// One of the event streams that may be open at a time; given back with the last reference.
final class EventSlot: Sendable {
  /// A quiet stream gets a comment this often.
  static let heartbeatMilliseconds: Int64 = 15_000

  /// Counts the open streams.
  final class Counter: Sendable {
    fileprivate let open = Atomic<Int>(0)
    let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Nil where as many are open as may be.
    func take() -> EventSlot? {
      let taken = open.wrappingAdd(1, ordering: .relaxed).newValue
      if taken <= limit { return EventSlot(self) }
      open.wrappingSubtract(1, ordering: .relaxed)
      return nil
    }

    var count: Int { open.load(ordering: .relaxed) }
  }

  private let counter: Counter

  private init(_ counter: Counter) { self.counter = counter }

  deinit { counter.open.wrappingSubtract(1, ordering: .relaxed) }
}
