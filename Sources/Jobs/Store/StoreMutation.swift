public import Observability

/// One change of the store.
public enum StoreMutation: Sendable {
  /// A new job: answered by the cache, joined to an open execution of the same digest, or queued.
  case submit(NewJob)
  /// Takes queued executions in order of rank, as many as `admit` takes.
  case claim(ClaimRequest)
  /// Prolongs the leases of these claims.
  case heartbeat([Claim], leaseMilliseconds: Int64)
  case progress(Claim, JobProgress)
  /// Replaces the state that the execution goes on from after a crash.
  case saveResume(Claim, StoredBytes)
  /// The computation ended.
  case finish(Claim, FinishedRun)
  /// Gives a claim back unspent: the execution is queued again.
  case release(Claim)
  /// Queues the executions again whose lease ran out, spending an attempt.
  case reap(ReapRequest)
  /// Ends jobs whose time limit passed.
  case expire(timeout: [UInt8], queueTimeout: [UInt8])
  case cancel(JobID)
  case cancelMatching(JobFilter)
  case retry(JobID, maximumQueued: Int)
  case retryMatching(JobFilter, maximumQueued: Int)
  case delete(JobID)
  /// `algorithm` nil: the whole queue.
  case pause(Bool, algorithm: String?)
  /// Drops what was kept long enough.
  case retain(RetentionLimits)
  /// Takes results out of the cache, except those still promised.
  case evict([Int64])
  /// An uploaded blob counts as referred to until then.
  case keepBlob(SHA256Digest, until: Timestamp)
  /// Takes finished jobs whose webhook is to be called, at most `limit`.
  case claimDeliveries(limit: Int, leaseMilliseconds: Int64)
  /// What became of a call that `claimDeliveries` gave out.
  case delivered(JobID, call: Int, DeliveryOutcome)
  case session(SessionMutation)
}

/// What became of one call of a webhook.
public struct DeliveryOutcome: Sendable, Equatable {
  public enum Next: Sendable, Equatable {
    case done, never
    case after(milliseconds: Int64)
  }

  public var next: Next
  public var status: Int?
  public var error: String?

  package init(next: Next, status: Int? = nil, error: String? = nil) {
    self.next = next
    self.status = status
    self.error = error
  }
}

/// The right to speak for an execution: one start of it by one worker.
public struct Claim: Sendable, Hashable {
  public let execution: Int64
  public let worker: String
  /// Counts the starts of this execution.
  public let number: Int64

  public init(execution: Int64, worker: String, number: Int64) {
    self.execution = execution
    self.worker = worker
    self.number = number
  }
}

/// Bytes in a row, or in a blob named by its digest.
public enum StoredBytes: Sendable, Equatable {
  case inline([UInt8])
  case blob(SHA256Digest, count: Int)

  public var count: Int {
    switch self {
    case .inline(let bytes): bytes.count
    case .blob(_, let count): count
    }
  }

  var inlineBytes: [UInt8]? {
    if case .inline(let bytes) = self { bytes } else { nil }
  }

  var digest: SHA256Digest? {
    if case .blob(let digest, _) = self { digest } else { nil }
  }
}

public struct NewJob: Sendable {
  public var id: JobID
  public var owner: String
  public var algorithm: String
  public var version: String
  public var parameters: [UInt8]
  /// Nil when the caller expects a precedent; without one the answer is `needsInput`.
  public var input: StoredBytes?
  public var seed: UInt64
  public var digest: SHA256Digest?
  public var cacheUse: JobSubmission.CacheUse
  public var cost: JobSubmission.Cost
  /// Predicted milliseconds of the whole machine: what the job costs its owner's turn.
  public var turnMilliseconds: Int64
  /// What one point of priority is worth in the rank.
  public var ageingMilliseconds: Int64
  public var labels: [JobLabel]
  public var priority: Int
  public var timeoutMilliseconds: Int64?
  public var queueTimeoutMilliseconds: Int64?
  public var idempotency: IdempotencyKey?
  public var idempotencyMilliseconds: Int64
  public var resultMilliseconds: Int64
  public var traceparent: String?
  public var webhook: String?
  public var maximumAttempts: Int
  public var maximumQueued: Int

  package init(
    id: JobID, owner: String = "", algorithm: String, version: String = "1",
    parameters: [UInt8] = [], input: StoredBytes? = nil, seed: UInt64 = 0,
    digest: SHA256Digest? = nil, cacheUse: JobSubmission.CacheUse = .normal,
    cost: JobSubmission.Cost = JobSubmission.Cost(seconds: 1, bytes: 0, wide: false),
    turnMilliseconds: Int64 = 1, ageingMilliseconds: Int64 = 1000, labels: [JobLabel] = [],
    priority: Int = 500, timeoutMilliseconds: Int64? = nil, queueTimeoutMilliseconds: Int64? = nil,
    idempotency: IdempotencyKey? = nil, idempotencyMilliseconds: Int64 = 86_400_000,
    resultMilliseconds: Int64 = 86_400_000, traceparent: String? = nil, webhook: String? = nil,
    maximumAttempts: Int = 3, maximumQueued: Int = 10_000
  ) {
    self.id = id
    self.owner = owner
    self.algorithm = algorithm
    self.version = version
    self.parameters = parameters
    self.input = input
    self.seed = seed
    self.digest = digest
    self.cacheUse = cacheUse
    self.cost = cost
    self.turnMilliseconds = turnMilliseconds
    self.ageingMilliseconds = ageingMilliseconds
    self.labels = labels
    self.priority = priority
    self.timeoutMilliseconds = timeoutMilliseconds
    self.queueTimeoutMilliseconds = queueTimeoutMilliseconds
    self.idempotency = idempotency
    self.idempotencyMilliseconds = idempotencyMilliseconds
    self.resultMilliseconds = resultMilliseconds
    self.traceparent = traceparent
    self.webhook = webhook
    self.maximumAttempts = maximumAttempts
    self.maximumQueued = maximumQueued
  }
}

public struct ClaimRequest: Sendable {
  /// What to do with one candidate.
  public enum Decision: Sendable { case take, skip, stop }

  public var worker: String
  public var leaseMilliseconds: Int64
  /// Those that may start now.
  public var algorithms: [String]
  /// At most that many candidates of each algorithm are looked at.
  public var limit: Int
  /// Asked for each candidate by rank. What it took counts as taken when the transaction commits.
  public var admit: @Sendable (Candidate) -> Decision

  package init(
    worker: String, leaseMilliseconds: Int64, algorithms: [String], limit: Int,
    admit: @escaping @Sendable (Candidate) -> Decision
  ) {
    self.worker = worker
    self.leaseMilliseconds = leaseMilliseconds
    self.algorithms = algorithms
    self.limit = limit
    self.admit = admit
  }
}

/// A queued execution looked at for claiming.
public struct Candidate: Sendable {
  public let execution: Int64
  public let algorithm: String
  public let predictedSeconds: Double
  public let memoryBytes: Int
  public let wide: Bool
  public let queuedAt: Timestamp
}

public struct FinishedRun: Sendable {
  public enum Outcome: Sendable {
    case succeeded(NewResult)
    /// The same question is answered with the problem for so long.
    case failed(problem: [UInt8], rememberedMilliseconds: Int64 = 0)
    /// It stopped because it was told to.
    case stopped
  }

  public var outcome: Outcome
  public var runMilliseconds: Int64

  package init(outcome: Outcome, runMilliseconds: Int64) {
    self.outcome = outcome
    self.runMilliseconds = runMilliseconds
  }
}

public struct NewResult: Sendable {
  /// Digest of the question; nil: not for the cache.
  public var key: SHA256Digest?
  public var bytes: StoredBytes
  /// Digest of the bytes.
  public var digest: SHA256Digest
  /// How long the jobs promise it.
  public var keepMilliseconds: Int64

  package init(
    key: SHA256Digest?, bytes: StoredBytes, digest: SHA256Digest, keepMilliseconds: Int64
  ) {
    self.key = key
    self.bytes = bytes
    self.digest = digest
    self.keepMilliseconds = keepMilliseconds
  }
}

public struct ReapRequest: Sendable {
  /// All leases, because no other process can hold any; else those run out.
  public var all: Bool
  /// The error of jobs whose attempts are spent.
  public var problem: [UInt8]

  package init(all: Bool, problem: [UInt8]) {
    self.all = all
    self.problem = problem
  }
}

public struct RetentionLimits: Sendable {
  /// Jobs finished before go.
  public var rowsBefore: Timestamp
  /// At most that many of a kind in one transaction.
  public var limit: Int

  package init(rowsBefore: Timestamp, limit: Int) {
    self.rowsBefore = rowsBefore
    self.limit = limit
  }
}

/// What a commit did.
public struct StoreCommit: Sendable {
  /// One for each mutation, in order.
  public var outcomes: [MutationOutcome]
  /// Jobs changed, each in its last form, in order of their change numbers.
  public var changed: [JobRecord]

  public init(outcomes: [MutationOutcome], changed: [JobRecord]) {
    self.outcomes = outcomes
    self.changed = changed
  }
}

public enum MutationOutcome: Sendable {
  case submitted(SubmitOutcome)
  case claimed([ClaimedExecution], exhausted: Bool)
  /// The claims that no longer hold.
  case heartbeat(lost: [Claim])
  /// Whether the claim still held; with what the cache now has.
  case finished(held: Bool, stored: CachedResult?)
  /// Whether the claim still held.
  case held(Bool)
  case reaped(queued: Int, failed: Int)
  case expired(count: Int, stop: [StopRequest])
  case cancelled(CancelOutcome)
  case cancelledMatching(matched: Int, changed: Int, stop: [StopRequest])
  case retried(RetryOutcome)
  case retriedMatching(matched: Int, changed: Int)
  case deleted(found: Bool, stop: [StopRequest])
  case paused
  case retained(RetentionOutcome)
  /// Those that went, with the blobs they were in.
  case evicted([Int64], blobs: [SHA256Digest])
  case kept
  case deliveries([JobRecord])
  case session(SessionOutcome)
}

public enum SubmitOutcome: Sendable {
  case accepted(JobRecord, execution: Int64, joined: Bool)
  case cached(JobRecord, CachedResult)
  /// Failed at once: the same question failed a moment ago.
  case refused(JobRecord)
  case replayed(JobRecord)
  case idempotencyMismatch
  case queueFull
  case needsInput
}

public enum CancelOutcome: Sendable {
  case notFound
  /// It was queued, or shared its computation: over now. Or it was over before.
  case finished(JobRecord)
  /// The computation was told to stop.
  case stopping(JobRecord, StopRequest)
}

public enum RetryOutcome: Sendable {
  case notFound
  case notRetryable(JobState)
  case queueFull
  case retried(JobRecord)
}

public struct RetentionOutcome: Sendable {
  public var jobs = 0
  public var results: [Int64] = []
  public var idempotencyKeys = 0
  /// Whether more is left than one transaction took.
  public var more = false
}

/// An execution that is to stop.
public struct StopRequest: Sendable, Hashable {
  public let execution: Int64
  /// Why.
  public let timedOut: Bool
}

/// An execution this worker now holds.
public struct ClaimedExecution: Sendable {
  public let claim: Claim
  public let algorithm: String
  public let seed: UInt64
  public let predictedSeconds: Double
  public let memoryBytes: Int
  public let wide: Bool
  /// 1…
  public let attempt: Int
  /// Whether an earlier start saved state to go on from.
  public let hasResumeState: Bool
  public let digest: SHA256Digest?
  public let jobs: [JobID]
}

public struct StoredQuestion: Sendable {
  public let algorithm: String
  public let version: String
  public let parameters: [UInt8]
  public let input: StoredBytes
  public let seed: UInt64
  public let digest: SHA256Digest?
  /// Of the job that asked first.
  public let owner: String
}

public struct StoredResult: Sendable {
  public let bytes: StoredBytes
  public let digest: SHA256Digest
  public let createdAt: Timestamp
  public let computeMilliseconds: Int64
}

public enum Precedent: Sendable {
  case none
  /// The question was answered, is being computed, or this very request was made before.
  case exists
}

public struct QueueCounts: Sendable {
  public struct Count: Sendable {
    public let algorithm: String
    public let state: JobState
    public let count: Int
  }

  public var counts: [Count]
  /// Paused algorithms; nil stands for the whole queue.
  public var paused: Set<String?>
}

public struct WaitingExecution: Sendable {
  public let execution: Int64
  public let turnMilliseconds: Int64
}

/// A result the cache can answer with.
public struct CachedResult: Sendable, Equatable {
  public let id: Int64
  public let key: SHA256Digest
  public let algorithm: String
  public let bytes: Int
  public let computeMilliseconds: Int64
  public let createdAt: Timestamp
  /// A job promises it until then.
  public var promisedUntil: Timestamp
  public var hits: Int
}

public struct MeasuredRun: Sendable {
  public let algorithm: String
  public let predictedSeconds: Double
  public let measuredSeconds: Double
}
