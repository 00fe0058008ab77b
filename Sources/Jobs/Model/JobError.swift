/// Why the engine refused.
public enum JobError: Error, Equatable, Sendable {
  /// As many jobs wait as may (`limit`): try again in `retryAfter` seconds.
  case queueFull(limit: Int, retryAfter: Int)
  /// The data directory holds as much as it may, or the disk is full.
  case storageFull
  /// More memory predicted than running jobs may have altogether.
  case needsTooMuchMemory(needed: Int, budget: Int)
  /// The process is about to end.
  case draining
  /// The store is away; `reason` for the log.
  case unavailable(reason: String)
  /// No such job.
  case notFound
  /// The idempotency key was used for another payload.
  case idempotencyMismatch
  /// The first request with this idempotency key is still being read.
  case idempotencyConflict
  /// The job is still open: it has no result yet.
  case notFinished(JobRecord)
  /// The job failed; its `error` is the answer.
  case failed(JobRecord)
  /// The job was cancelled: it has no result.
  case cancelled(JobRecord)
  /// The result was kept as long as promised, and is gone.
  case resultExpired
  /// Only failed and cancelled jobs can be tried again, and only while their input is kept.
  case notRetryable(JobState)
  /// A blob named as input is not here.
  case unknownBlob(SHA256Digest)
  /// The bytes uploaded have another digest than the one claimed.
  case digestMismatch(expected: SHA256Digest, actual: SHA256Digest)

  init(_ error: StoreError) {
    switch error {
    case .full: self = .storageFull
    default: self = .unavailable(reason: String(describing: error))
    }
  }
}

/// What can go wrong beneath the engine.
public enum StoreError: Error, Equatable, Sendable {
  /// Another process works on this data directory.
  case locked(path: String)
  /// The data was written by a newer program: this one must not touch it (exit code 78).
  case newerSchema(found: Int, supported: Int)
  /// The path lies on a network file system, where SQLite's locks do not hold.
  case networkFileSystem(path: String)
  /// No space left.
  case full
  /// Another connection held the lock for longer than the busy timeout.
  case busy
  /// The disk, or a file's rights.
  case io(code: Int, message: String)
  /// The file is damaged.
  case corrupt(message: String)
  /// The server is away, or ended the connection.
  case unavailable(message: String)
  /// A statement the store itself got wrong.
  case statement(code: Int, message: String)
}
