import Compute
import Observability
import Synchronization

/// One claimed execution: what its computation is told and what it tells.
///
/// The computation's threads read the stop flag and write progress; the engine's timer reads
/// progress; nobody waits for anybody.
final class RunningExecution: ComputationMonitor {
  let claimed: ClaimedExecution
  let claimedAt: Timestamp

  private enum Flag {
    static let goOn: UInt8 = 0
    static let cancelled: UInt8 = 1
    static let timeout: UInt8 = 2
    static let drained: UInt8 = 3
  }

  private struct Told {
    var progress: JobProgress?
    var isNew = false
    var storedAt: Timestamp?
  }

  private let flag = Atomic<UInt8>(Flag.goOn)
  private let told = Mutex(Told())
  private let given: Mutex<Admission.Grant?>
  private let brought = Mutex<JobID?>(nil)

  init(_ claimed: ClaimedExecution, grant: Admission.Grant, at now: Timestamp) {
    self.claimed = claimed
    claimedAt = now
    given = Mutex(grant)
  }

  var claim: Claim { claimed.claim }

  /// The job that brought the computation in memory; nil where it was read from the store.
  var broughtBy: JobID? {
    get { brought.withLock { $0 } }
    set { brought.withLock { $0 = newValue } }
  }

  // MARK: Stopping

  /// Tells the computation to stop; the first reason holds.
  func stop(_ reason: ComputationStopped.Reason) {
    let value =
      switch reason {
      case .cancelled: Flag.cancelled
      case .timeout: Flag.timeout
      case .drained: Flag.drained
      }
    _ = flag.compareExchange(expected: Flag.goOn, desired: value, ordering: .relaxed)
  }

  func stopReason() -> ComputationStopped.Reason? {
    switch flag.load(ordering: .relaxed) {
    case Flag.cancelled: .cancelled
    case Flag.timeout: .timeout
    case Flag.drained: .drained
    default: nil
    }
  }

  // MARK: Progress

  func progress(fraction: Double, step: Int?, total: Int?, message: String?) {
    // A computation's threads must not queue here: who finds the lock taken says nothing.
    _ = told.withLockIfAvailable { told in
      told.progress = JobProgress(
        fraction: fraction, step: step, total: total, message: message)
      told.isNew = true
    }
  }

  /// Progress to store now: new, and `interval` milliseconds after the last.
  func takeProgress(at now: Timestamp, interval: Int64) -> JobProgress? {
    told.withLock { told in
      guard told.isNew, now.since(told.storedAt ?? claimedAt) >= interval else { return nil }
      told.isNew = false
      told.storedAt = now
      return told.progress
    }
  }

  // MARK: What it holds

  /// Takes the grant to give it back; nil when that was done.
  func takeGrant() -> Admission.Grant? {
    given.withLock { grant in
      defer { grant = nil }
      return grant
    }
  }

  /// Replaces the grant by one with a token; false when it had one, or there is none.
  func promote(by admission: Admission) -> Bool {
    given.withLock { grant in
      guard let old = grant, let new = admission.promote(old) else { return false }
      grant = new
      return true
    }
  }
}
