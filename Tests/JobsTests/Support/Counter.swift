import Synchronization

/// A number that threads share.
final class Counter: Sendable {
  private let number: Atomic<Int>

  init(_ start: Int = 0) { number = Atomic(start) }

  var value: Int { number.load(ordering: .sequentiallyConsistent) }

  /// The number after it.
  @discardableResult
  func increment() -> Int { number.add(1, ordering: .sequentiallyConsistent).newValue }

  /// Takes one away if there is one.
  func takeOne() -> Bool {
    if number.subtract(1, ordering: .sequentiallyConsistent).newValue >= 0 { return true }
    number.add(1, ordering: .sequentiallyConsistent)
    return false
  }
}
