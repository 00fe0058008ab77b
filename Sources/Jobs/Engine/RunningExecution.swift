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

  private struct Told {
    var progress: JobProgress?
    var isNew = false
    var storedAt: Timestamp?
  }

  private let flag = StopFlag()
  /// That of a computation begun before the claim.
  private let follower = Mutex<StopFlag?>(nil)
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
    flag.raise(reason)
    follower.withLock { $0 }?.raise(reason)
  }

  /// From now on raises `other`, too; at once where this was told to stop before.
  func follow(with other: StopFlag) {
    follower.withLock { $0 = other }
    if let reason = flag.reason { other.raise(reason) }
  }

  func stopReason() -> ComputationStopped.Reason? { flag.reason }

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
