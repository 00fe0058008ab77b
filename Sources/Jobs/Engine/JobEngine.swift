public import Compute
import Dispatch
public import Logging
import Observability
import Synchronization

/// The job engine: takes requests for computations, keeps them, runs them once, keeps what comes
/// out. Start with `submit`, `watch` and `result`.
///
/// ```
///             submit               claim                finish(succeeded)
///  (nothing) ────────→ queued ──────────────→ running ─────────────────────→ succeeded
///      │                 │  ↑                    │ │ │  finish(failed), expire
///      │ the cache has   │  │ release (drain)    │ │ └─────────────────────→ failed ─┐ retry
///      │ the result      │  │ reap (crash, < 3)  │ │    reap (crash, 3rd)            │ (→ queued)
///      │                 │  └────────────────────┘ │                                 │
///      └→ succeeded      └─── cancel ──→ cancelled ←┘ cancel, then finish(stopped) ───┘
/// ```
///
/// 1. `submit` answers after the job is durable, never before; so does every other change. Who waits
///    for a large result gets it as soon as it is there (`Submission.computed`): while it is being
///    stored, a look at the job waits. A crash in between runs the job again.
/// 2. A *job* is a request; an *execution* is a computation. Open jobs with one digest share one
///    execution, and are told its outcome in one transaction. An execution without open jobs is
///    told to stop.
/// 3. What a worker says of an execution counts only with the number of its claim, which the next
///    claim makes invalid: an execution never ends twice, and a job ends once.
/// 4. A claim holds for a lease; heartbeats prolong it. When the lease runs out the execution is
///    queued again, which spends an attempt; after `maximumAttempts` its jobs fail. A drain spends
///    none; a failure of the computation itself is final.
/// 5. Results are durable before the row that names them; a result is kept at least until the
///    `expiresAt` of every job that has it.
/// 6. Every change of a job raises its revision and gives it a change number.
/// 7. Tokens and memory that a claim took are given back exactly once (`RunningExecution`). A
///    `HeadStart` has taken none, begins only where nothing runs, and makes way for what starts.
/// 8. No caller's thread waits for a computation; nothing is called under a lock; compute threads
///    only compute.
///
/// Life: `init` → `start` → `drain`.
public final class JobEngine: Sendable {
  public let configuration: JobConfiguration
  public let cache: ResultCache
  public let blobs: BlobStore
  /// Names this process among those that share the store.
  public let worker: String

  let store: any JobStore
  let runner: any JobRunner
  let pool: ComputePool
  let clock: any JobClock
  let logger: Logger
  let ids = JobIDSource()
  let writer: StoreWriter
  let admission: Admission
  let estimator = RunEstimator()
  let watchers = JobWatchers()
  let unsettled = UnsettledJobs()
  let feed = ChangeFeed()
  /// Reads and writes files, and reads the store, for those who must not wait.
  let io = DispatchQueue(label: "jobs.io", attributes: .concurrent)
  /// Store results that were given before. Serial queues have threads of their own: those of `io` may
  /// all be held by who waits for such a result to be stored.
  let storing = (0..<4).map { DispatchQueue(label: "jobs.storing.\($0)") }
  /// Calls webhooks: threads that wait for others' servers.
  let calls = DispatchQueue(label: "jobs.webhooks", attributes: .concurrent)
  let state: Mutex<EngineState>
  let timer = EngineTimer()

  /// - Parameters:
  ///   - pool: its threads are the core tokens, `configuration.workers` in number.
  ///   - cache: empty; `start` fills it from the store.
  public init(
    store: any JobStore, blobs: BlobStore, cache: ResultCache, runner: any JobRunner,
    pool: ComputePool, configuration: JobConfiguration, clock: any JobClock = SystemClock(),
    logger: Logger
  ) {
    self.store = store
    self.blobs = blobs
    self.cache = cache
    self.runner = runner
    self.pool = pool
    self.configuration = configuration
    self.clock = clock
    self.logger = logger
    let seed = UInt64.random(in: 0 ... .max)
    worker = "\(Hexadecimal.text(seed))"
    writer = StoreWriter(store: store, clock: clock)
    admission = Admission(configuration)
    state = Mutex(EngineState())
  }

  /// Recovers what the last process left, and begins to work.
  ///
  /// On a store of one process everything found running is an orphan of a crash: it is queued
  /// again at once. On a shared store that waits for its lease.
  public func start() throws(JobError) {
    writer.install(
      StoreWriter.Hooks(
        claim: { [weak self] queueing in self?.claimTicket(queueing) },
        committed: { [weak self] changed in self?.publish(changed) }))
    do throws(StoreError) {
      for result in try store.cacheEntries() { cache.insert(result) }
      for run in try store.history(limit: 500) { estimator.learn(run) }
      let isPaused = try !store.queue().paused.isEmpty
      state.withLock { $0.isPaused = isPaused }
    } catch {
      throw JobError(error)
    }
    state.withLock { $0.phase = .working }
    if !store.isShared {
      let outcome = try perform(
        .reap(ReapRequest(all: true, problem: crashProblem)))
      if case .reaped(let queued, let failed) = outcome, queued + failed > 0 {
        logger.notice(
          "recovered interrupted jobs",
          metadata: ["queued": "\(queued)", "failed": "\(failed)"])
      }
    }
    store.onOutsideChange { [weak self] in self?.outsideChange() }
    state.withLock { $0.mayHaveWork = true }
    writer.wake()
    if configuration.runsTimers { timer.start { [weak self] in self?.tick() } }
  }

  /// Whether the store answers, and jobs are taken.
  public var health: EngineHealth {
    state.withLock { state in
      switch state.phase {
      case .starting: .starting
      case .working: state.storeFault.map { .unavailable(reason: $0) } ?? .ready
      case .draining, .drained: .draining
      }
    }
  }

  var crashProblem: [UInt8] {
    configuration.problem(.crashed(attempts: configuration.maximumAttempts))
  }

  /// Applies one mutation and waits for its commit. Not from a completion of the writer.
  func perform(_ mutation: StoreMutation) throws(JobError) -> MutationOutcome {
    let answer = Handover<Result<MutationOutcome, StoreError>>()
    writer.post(mutation) { answer.give($0) }
    switch answer.take() {
    case .success(let outcome): return outcome
    case .failure(let error):
      note(error)
      throw JobError(error)
    }
  }

  /// Reads the store on the calling thread.
  func read<T>(_ body: () throws(StoreError) -> T) throws(JobError) -> T {
    do throws(StoreError) {
      let value = try body()
      note(nil)
      return value
    } catch {
      note(error)
      throw JobError(error)
    }
  }

  /// Remembers whether the store answers.
  func note(_ error: StoreError?) {
    let fault: String? =
      switch error {
      case .unavailable?, .io?, .corrupt?: error.map { String(describing: $0) }
      default: nil
      }
    let changed = state.withLock { state in
      defer { state.storeFault = fault }
      return (state.storeFault == nil) != (fault == nil)
    }
    guard changed else { return }
    if let fault {
      logger.error("the job store does not answer", metadata: ["reason": "\(fault)"])
    } else {
      logger.notice("the job store answers again")
    }
  }
}

/// How the engine is.
public enum EngineHealth: Sendable, Equatable {
  case starting
  case ready
  case unavailable(reason: String)
  case draining
}

/// What the engine's threads share beside the parts that have locks of their own.
struct EngineState {
  enum Phase { case starting, working, draining, drained }

  var phase = Phase.starting
  /// Something may be queued that nobody looked at.
  var mayHaveWork = false
  var running: [Int64: RunningExecution] = [:]
  /// Claimed ahead of a token, first to come first.
  var ahead: [RunningExecution] = []
  /// The last computation begun before its job was durable.
  var headStart: HeadStartCourse?
  /// Some algorithm's jobs, or all, are not to be started.
  var isPaused = false
  /// Computations ready in memory, by execution.
  var prepared: [Int64: KeptComputation] = [:]
  var preparedBytes = 0
  /// The execution that a job's prepared computation is for.
  var preparedFor: [JobID: Int64] = [:]
  /// Idempotency keys whose requests are being read.
  var reserved: Set<ReservedKey> = []
  var storeFault: String?
  /// What the database occupied when last looked at.
  var databaseBytes = 0
  /// Webhooks being called, and whether more are being looked for.
  var webhookCalls = 0
  var isClaimingWebhooks = false
  var schedule = Schedule()
  /// Called when nothing runs any more.
  var whenIdle: [@Sendable () -> Void] = []
  /// Others' regular work.
  var everyMinute: [@Sendable () -> Void] = []
  /// Blobs whose session has a newer snapshot.
  var replaced: [SHA256Digest] = []

  /// When the timer did what.
  struct Schedule {
    var heartbeat: Timestamp?
    var reap: Timestamp?
    var retention: Timestamp?
    var sweep: Timestamp?
    var replaced: Timestamp?
    var stopPoll: Timestamp?
    var workPoll: Timestamp?
    var deadlinePoll: Timestamp?
    var databaseBytes: Timestamp?
    var deliveryPoll: Timestamp?
  }
}

extension EngineState {
  /// Takes out what was prepared for an execution.
  mutating func takePrepared(_ execution: Int64) -> KeptComputation? {
    guard let kept = prepared.removeValue(forKey: execution) else { return nil }
    preparedBytes -= kept.computation.bytes
    preparedFor[kept.job] = nil
    return kept
  }
}

/// A computation kept in memory, and the job that brought it: it goes when that job is over.
struct KeptComputation {
  let computation: JobSubmission.Prepared
  let job: JobID
}

struct ReservedKey: Hashable {
  let owner: String
  let path: String
  let key: String
}
