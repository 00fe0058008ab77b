public import Observability

/// Everything the service knows of one job that it shows: the job document of the interface
/// without what depends on other jobs (`JobOutlook`).
public struct JobRecord: Sendable, Equatable {
  public let id: JobID
  /// Who submitted it; empty when the service runs without keys.
  public var owner: String
  public var algorithm: String
  /// The algorithm's version when the job was submitted.
  public var version: String
  public var state: JobState
  /// Told to stop, and still computing.
  public var cancelling: Bool
  /// 0…1000, higher first.
  public var priority: Int
  public var progress: JobProgress
  /// 0 until the first start, then 1…`maxAttempts`. Only a crash of the process spends one.
  public var attempt: Int
  public var maxAttempts: Int
  public var createdAt: Timestamp
  public var startedAt: Timestamp?
  public var updatedAt: Timestamp
  public var finishedAt: Timestamp?
  /// When the result goes (410 afterwards); nil without a result.
  public var expiresAt: Timestamp?
  /// The digest of the question: the key of the result cache. Nil where nothing may be shared.
  public var digest: SHA256Digest?
  /// Answered from the result cache, without computing.
  public var cached: Bool
  /// Size of the stored result; nil without one.
  public var resultBytes: Int?
  public var labels: [JobLabel]
  /// The problem document (JSON) of a failed job.
  public var error: [UInt8]?
  /// The W3C trace context the job was submitted under.
  public var traceparent: String?
  /// Where to send the document when the job is over.
  public var webhook: String?
  /// How far the telling is; nil without a webhook, and while the job is open.
  public var delivery: JobDelivery?
  /// Seconds of computing predicted, corrected by what past runs took.
  public var predictedSeconds: Double
  /// Grows with every change of state and of progress, beginning at 1; never repeats.
  public var revision: Int64
  /// Place of the last change in the order of all changes of the store.
  public var changeNumber: Int64
  /// The store's id of the result; nil without one.
  package var result: Int64?

  package init(
    id: JobID, owner: String, algorithm: String, version: String, state: JobState,
    cancelling: Bool = false, priority: Int, progress: JobProgress = JobProgress(),
    attempt: Int = 0, maxAttempts: Int, createdAt: Timestamp, startedAt: Timestamp? = nil,
    updatedAt: Timestamp, finishedAt: Timestamp? = nil, expiresAt: Timestamp? = nil,
    digest: SHA256Digest?, cached: Bool = false, resultBytes: Int? = nil,
    labels: [JobLabel] = [], error: [UInt8]? = nil, traceparent: String? = nil,
    webhook: String? = nil, delivery: JobDelivery? = nil, predictedSeconds: Double = 0,
    revision: Int64 = 1, changeNumber: Int64, result: Int64? = nil
  ) {
    self.id = id
    self.owner = owner
    self.algorithm = algorithm
    self.version = version
    self.state = state
    self.cancelling = cancelling
    self.priority = priority
    self.progress = progress
    self.attempt = attempt
    self.maxAttempts = maxAttempts
    self.createdAt = createdAt
    self.startedAt = startedAt
    self.updatedAt = updatedAt
    self.finishedAt = finishedAt
    self.expiresAt = expiresAt
    self.digest = digest
    self.cached = cached
    self.resultBytes = resultBytes
    self.labels = labels
    self.error = error
    self.traceparent = traceparent
    self.webhook = webhook
    self.delivery = delivery
    self.predictedSeconds = predictedSeconds
    self.revision = revision
    self.changeNumber = changeNumber
    self.result = result
  }
}

/// How far a computation is, as it says itself.
public struct JobProgress: Sendable, Equatable {
  /// 0…1.
  public var fraction: Double
  public var step: Int?
  public var total: Int?
  public var message: String?

  public init(
    fraction: Double = 0, step: Int? = nil, total: Int? = nil, message: String? = nil
  ) {
    self.fraction = fraction
    self.step = step
    self.total = total
    self.message = message
  }
}

/// A name and a value that the submitter tagged a job with, to find it again.
public struct JobLabel: Sendable, Hashable, Comparable {
  public let name: String
  public let value: String

  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }

  public static func < (left: JobLabel, right: JobLabel) -> Bool {
    (left.name, left.value) < (right.name, right.value)
  }
}

/// What can be said of an open job only by looking at the others.
public struct JobOutlook: Sendable, Equatable {
  /// 1 for the next to start; nil once it runs or is over.
  public var queuePosition: Int?
  /// Seconds until the job is expected to be over; nil when it is.
  public var estimateSeconds: Double?

  public init(queuePosition: Int? = nil, estimateSeconds: Double? = nil) {
    self.queuePosition = queuePosition
    self.estimateSeconds = estimateSeconds
  }
}
