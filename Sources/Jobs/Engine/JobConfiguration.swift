/// Everything about the engine that an operator may set; the defaults are DESIGN.md's.
public struct JobConfiguration: Sendable {
  /// Algorithms this process can run. Jobs of others stay queued for those that can.
  public var algorithms: [String]
  /// Jobs of one algorithm that may run at once here; absent: as many as cores and memory allow.
  public var concurrency: [String: Int] = [:]
  /// Compute threads: the core tokens.
  public var workers: Int
  /// What running jobs may need together, by prediction.
  public var memoryBytes: Int
  /// Jobs that may wait.
  public var maximumQueued = 10_000
  /// Attempts, spent by crashes only.
  public var maximumAttempts = 3
  /// How long a claim holds without a heartbeat.
  public var leaseMilliseconds: Int64 = 30_000
  public var heartbeatMilliseconds: Int64 = 10_000
  public var reapMilliseconds: Int64 = 10_000
  /// How often the store is asked for jobs to stop while some run.
  public var stopPollMilliseconds: Int64 = 100
  /// Least time between two stored revisions of one job's progress.
  public var progressMilliseconds: Int64 = 250
  /// How long a job's result is kept (410 afterwards).
  public var resultMilliseconds: Int64 = 24 * 3_600_000
  /// How long a finished job's row is kept (404 afterwards).
  public var rowMilliseconds: Int64 = 7 * 24 * 3_600_000
  public var idempotencyMilliseconds: Int64 = 24 * 3_600_000
  /// How long a question whose computation failed is answered with its problem; 0: not at all.
  public var refusalMilliseconds: Int64 = 60_000
  /// Calls the webhooks of jobs that are over; nil: none is called.
  public var webhooks: WebhookConfiguration?
  /// How long an uploaded blob is kept after its last upload or use.
  public var uploadMilliseconds: Int64 = 24 * 3_600_000
  /// How long any other blob that no row refers to is kept: longer than a blob ever waits for the
  /// row that will refer to it.
  public var blobGraceMilliseconds: Int64 = 10 * 60_000
  /// Inputs and results up to this many bytes live in their row.
  public var inlineBytes = 64 * 1024
  /// Results up to this are given to who waits for them while they are being stored; a larger one is
  /// sent from its file, so that a slow reader holds no memory.
  public var earlyBytes = 8 << 20
  /// Bytes of results given and not stored yet. They are in memory and no bound of the queue counts
  /// them: where the disk is slower than the computing, callers wait for it again.
  public var unsettledBytes = 128 << 20
  /// Prepared computations waiting in memory, together.
  public var preparedBytes = 256 << 20
  /// All the data directory may hold.
  public var maximumBytes = 10 << 30
  /// Waiting this long buys one point of priority.
  public var ageingMilliseconds: Int64 = 1000
  /// A job that does not fit (cores, memory) is passed by others for this long, no longer.
  public var patienceMilliseconds: Int64 = 1000
  /// Predicted computing, in seconds, that may wait claimed for a core: hides the commit between
  /// two small jobs.
  public var prefetchSeconds = 0.02
  /// Turns the engine's own failures into problem documents.
  public var problem: @Sendable (JobFailure) -> [UInt8] = { $0.plainProblem }
  /// Runs what answers callers. Nothing in the engine waits for it.
  public var deliver: @Sendable (@escaping @Sendable () -> Void) -> Void
  /// After this long, what the store refused for want of space or a connection is tried again.
  public var retryMilliseconds = 1000
  /// Whether timers run. Tests turn them off and call `tick` with a clock of their own.
  public var runsTimers = true
  /// Told of every job that ends, for metrics.
  public var finished: (@Sendable (FinishedJob) -> Void)?

  /// - Parameter algorithms: the names of the catalogue.
  public init(
    algorithms: [String], workers: Int, memoryBytes: Int,
    deliver: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void
  ) {
    self.algorithms = algorithms
    self.workers = workers
    self.memoryBytes = memoryBytes
    self.deliver = deliver
  }
}

/// Why the engine itself ended a job.
public enum JobFailure: Sendable, Equatable {
  /// It ran longer than its `timeout_seconds`.
  case timeout
  /// It waited longer than its `queue_timeout_seconds`.
  case queueTimeout
  /// The process that ran it ended that many times.
  case crashed(attempts: Int)
  /// The stored input is gone or damaged.
  case inputLost
  /// The result could not be stored for want of space.
  case storageFull

  /// A problem document without links, for programs that give no better one.
  public var plainProblem: [UInt8] {
    let (type, title, status, detail) =
      switch self {
      case .timeout:
        ("timeout", "Timeout", 504, "The job ran longer than its timeout_seconds.")
      case .queueTimeout:
        ("timeout", "Timeout", 504, "The job waited longer than its queue_timeout_seconds.")
      case .crashed(let attempts):
        (
          "internal", "Internal error", 500,
          "The process that ran the job ended before it did, \(attempts) times."
        )
      case .inputLost:
        ("internal", "Internal error", 500, "The stored input of the job cannot be read.")
      case .storageFull:
        ("storage-full", "Storage full", 507, "There was no space to store the result.")
      }
    let text =
      #"{"type":"/problems/\#(type)","title":"\#(title)","status":\#(status),"#
      + #""detail":"\#(detail)","error":"\#(detail)"}"#
    return Array(text.utf8)
  }
}

/// What metrics want to know of a job that ended.
public struct FinishedJob: Sendable {
  public let record: JobRecord
  /// From submission to start; nil when it never ran.
  public let queueSeconds: Double?
  /// From start to end; nil when it never ran.
  public let runSeconds: Double?
}
