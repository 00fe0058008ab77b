import Jobs
import Observability
import Synchronization

/// A clock that stands still until it is told.
final class SteppedClock: JobClock {
  private let time = Mutex(Timestamp(milliseconds: 1_800_000_000_000))

  func now() -> Timestamp { time.withLock { $0 } }

  func advance(hours: Int64) {
    time.withLock { $0 = Timestamp(milliseconds: $0.milliseconds + hours * 3_600_000) }
  }
}
