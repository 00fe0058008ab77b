public import Observability

/// One request for a computation.
public struct JobSubmission: Sendable {
  /// Where the input bytes are.
  public enum Input: Sendable {
    case bytes([UInt8])
    /// Encoded only when they must be stored: not for a cached result, nor when the same question
    /// is already being computed. `count` is how many bytes that will be, about; `digest` is theirs,
    /// or another one that determines them, where one is known already.
    case encoded(count: Int, digest: SHA256Digest?, @Sendable () -> [UInt8])
    /// Uploaded before.
    case blob(SHA256Digest)
  }

  /// What a result cache may do for this job.
  public enum CacheUse: Sendable {
    case normal
    /// Compute again, and keep the new result (`Cache-Control: no-cache`).
    case refresh
    /// Compute again, and keep the result for this job only (`Cache-Control: no-store`).
    case bypass
  }

  /// What the computation is expected to need.
  public struct Cost: Sendable {
    /// Seconds of one core.
    public var seconds: Double
    /// Memory beside what is resident anyway, at its peak.
    public var bytes: Int
    /// Whether more cores help: such a job gets all that are free, a small one a single one.
    public var wide: Bool

    public init(seconds: Double, bytes: Int, wide: Bool) {
      self.seconds = seconds
      self.bytes = bytes
      self.wide = wide
    }
  }

  /// The computation kept in memory until it starts.
  public struct Prepared: Sendable {
    public var run: PreparedRun
    /// What keeping it holds in memory. The engine drops it where too much waits, and has the
    /// runner decode the stored input instead.
    public var bytes: Int
    /// Where it was begun already.
    public var headStart: HeadStart?

    public init(bytes: Int, headStart: HeadStart? = nil, run: @escaping PreparedRun) {
      self.run = run
      self.bytes = bytes
      self.headStart = headStart
    }
  }

  public var owner: String
  public var algorithm: String
  public var version: String
  /// Canonical JSON of the params.
  public var parameters: [UInt8]
  public var input: Input
  public var seed: UInt64
  /// Key of the cache and of single flight; nil: neither.
  public var digest: SHA256Digest?
  public var cost: Cost
  public var prepared: Prepared?
  public var cacheUse: CacheUse = .normal
  public var labels: [JobLabel] = []
  /// 0…1000, higher first.
  public var priority = 500
  /// Of running.
  public var timeoutSeconds: Double?
  /// Of waiting for the start.
  public var queueTimeoutSeconds: Double?
  public var idempotency: IdempotencyKey?
  public var traceparent: String?
  /// An https URL the operator allows.
  public var webhook: String?

  public init(
    owner: String = "", algorithm: String, version: String, parameters: [UInt8], input: Input,
    seed: UInt64 = 0, digest: SHA256Digest?, cost: Cost, prepared: Prepared? = nil
  ) {
    self.owner = owner
    self.algorithm = algorithm
    self.version = version
    self.parameters = parameters
    self.input = input
    self.seed = seed
    self.digest = digest
    self.cost = cost
    self.prepared = prepared
  }
}

/// A caller's promise that requests with this key are one request. Kept per owner, path and key.
public struct IdempotencyKey: Sendable, Hashable {
  public let path: String
  public let key: String
  /// Digest of the payload: another one under the same key is refused.
  public let payload: SHA256Digest

  public init(path: String, key: String, payload: SHA256Digest) {
    self.path = path
    self.key = key
    self.payload = payload
  }
}

/// What became of a submission; always durable.
public enum Submission: Sendable {
  /// A new job. It may be over already when the submission waited for that.
  case accepted(JobRecord)
  /// A new job that waited for its result, which is here and on its way into the store.
  case computed(JobRecord, ResultHandle)
  /// A new job, answered by a result kept from before; `Age` counts from `storedAt`.
  case cached(JobRecord, storedAt: Timestamp)
  /// The job that the same idempotency key made before.
  case replayed(JobRecord)

  public var record: JobRecord {
    switch self {
    case .accepted(let record), .computed(let record, _), .cached(let record, _),
      .replayed(let record):
      record
    }
  }
}
