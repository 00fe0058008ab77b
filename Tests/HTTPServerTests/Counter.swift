import Synchronization

/// Counts calls from any thread, and tells when all have come.
final class Counter: Sendable {
  private let all = Atomic<Int>(0)
  private let turnedAway = Atomic<Int>(0)
  private let total: Int
  private let done: @Sendable () -> Void

  init(_ total: Int, done: @escaping @Sendable () -> Void) {
    self.total = total
    self.done = done
  }

  var refused: Int { turnedAway.load(ordering: .acquiring) }

  func add(_ isTaken: Bool) {
    if !isTaken { turnedAway.add(1, ordering: .releasing) }
    if all.add(1, ordering: .acquiringAndReleasing).newValue == total { done() }
  }
}
