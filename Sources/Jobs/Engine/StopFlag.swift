import Compute
import Synchronization

/// Whether a computation is to stop, and why: the first reason holds.
final class StopFlag: Sendable {
  private enum Value {
    static let goOn: UInt8 = 0
    static let cancelled: UInt8 = 1
    static let timeout: UInt8 = 2
    static let drained: UInt8 = 3
  }

  private let value = Atomic<UInt8>(Value.goOn)

  func raise(_ reason: ComputationStopped.Reason) {
    let new =
      switch reason {
      case .cancelled: Value.cancelled
      case .timeout: Value.timeout
      case .drained: Value.drained
      }
    _ = value.compareExchange(expected: Value.goOn, desired: new, ordering: .relaxed)
  }

  var reason: ComputationStopped.Reason? {
    switch value.load(ordering: .relaxed) {
    case Value.cancelled: .cancelled
    case Value.timeout: .timeout
    case Value.drained: .drained
    default: nil
    }
  }
}
