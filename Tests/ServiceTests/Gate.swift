import Compute
import Dispatch
import Synchronization

/// Holds computations until a test opens it, and counts those that were started.
final class Gate: Sendable {
  private let isOpen = Atomic<Bool>(false)
  private let runs = Atomic<Int>(0)
  private let bell = DispatchSemaphore(value: 0)

  /// Computations started so far.
  var started: Int { runs.load(ordering: .acquiring) }

  func count() { runs.add(1, ordering: .releasing) }

  func open() {
    isOpen.store(true, ordering: .releasing)
    bell.signal()
  }

  /// Waits until the gate is open, asking for leave to go on as an algorithm does. After a minute it
  /// goes on anyway: a test that missed its moment fails instead of hanging.
  func wait(_ context: ComputeContext) throws(ComputationStopped) {
    let limit = DispatchTime.now() + .seconds(60)
    while !isOpen.load(ordering: .acquiring), DispatchTime.now() < limit {
      try context.checkpoint()
      _ = bell.wait(timeout: .now() + .milliseconds(2))
    }
    bell.signal()
  }
}
