/// Where a job is in its life.
///
/// ```
/// queued → running → succeeded | failed | cancelled
///    ↑________|  the lease ran out, or the process drained
/// ```
public enum JobState: String, Sendable, CaseIterable {
  /// Durable and waiting for cores and memory.
  case queued
  /// A worker holds its lease. It may be `cancelling`: told to stop, not yet stopped.
  case running
  /// Over; its result is kept until `expiresAt`.
  case succeeded
  /// Over; `error` says why. It may be retried by its owner.
  case failed
  /// Over because somebody asked for it. It may be retried by its owner.
  case cancelled

  /// Whether nothing more will happen to the job by itself.
  public var isFinished: Bool { self != .queued && self != .running }
}
