import Synchronization

/// Something held for a while, and let go by whoever comes first.
final class HeldValue: Sendable {
  private let value: Mutex<(any Sendable)?>

  init(_ value: any Sendable) {
    self.value = Mutex(value)
  }

  /// Lets it go, outside the lock.
  func drop() {
    _ = value.withLock { $0.take() }
  }
}
