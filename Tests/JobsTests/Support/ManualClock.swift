import Jobs
import Observability
import Synchronization

/// A clock that stands still until it is told.
final class ManualClock: JobClock {
  private let time: Mutex<Timestamp>

  init(_ start: Timestamp = Timestamp(milliseconds: 1_800_000_000_000)) { time = Mutex(start) }

  func now() -> Timestamp { time.withLock { $0 } }

  func advance(milliseconds: Int64) {
    time.withLock { $0 = $0.adding(milliseconds: milliseconds) }
  }

  func advance(seconds: Int64) { advance(milliseconds: seconds * 1000) }
}
