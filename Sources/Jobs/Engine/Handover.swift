import Dispatch
import Synchronization

/// One value from one thread to another that waits for it.
final class Handover<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)
  private let arrived = DispatchSemaphore(value: 0)

  func give(_ value: Value) {
    self.value.withLock { $0 = value }
    arrived.signal()
  }

  func take() -> Value {
    while true {
      arrived.wait()
      if let value = value.withLock({ $0 }) { return value }
    }
  }
}
