import Compute
import Dispatch
import Foundation
import Jobs
import Logging
import Observability
import Synchronization
import Testing

/// An engine over SQLite in a directory of its own, with a runner that tests give.
final class EngineFixture: Sendable {
  let directory: TemporaryDirectory
  let clock: any JobClock
  let store: any JobStore
  let engine: JobEngine
  let pool: ComputePool
  private let isDrained = Atomic(false)

  /// Runs a stored question: the answer is the input reversed, unless a test says otherwise.
  struct Runner: JobRunner {
    var body: @Sendable (ExecutionRequest, ComputeContext) -> RunOutcome = { request, _ in
      .succeeded(request.input.reversed())
    }

    func run(_ request: ExecutionRequest, in context: ComputeContext) -> RunOutcome {
      body(request, context)
    }
  }

  init(
    directory: TemporaryDirectory? = nil, settings: String? = nil,
    clock: any JobClock = SystemClock(), workers: Int = 2,
    cacheBytes: Int = 1 << 20, runner: Runner = Runner(),
    refusals: Int = 0,
    configure: (inout JobConfiguration) -> Void = { _ in }
  ) throws {
    let directory = try directory ?? TemporaryDirectory()
    self.directory = directory
    self.clock = clock
    let kept: any JobStore =
      if let settings {
        try PostgreSQLStore(url: settings)
      } else {
        try SQLiteStore(directory: directory.path, durability: .normal)
      }
    store = refusals > 0 ? FlakyStore(kept, refusals: refusals) : kept
    pool = ComputePool(threads: workers, niceness: 0)
    var configuration = JobConfiguration(
      algorithms: ["a", "b"], workers: workers, memoryBytes: 1 << 30, deliver: { $0() })
    configuration.retryMilliseconds = 5
    configure(&configuration)
    engine = JobEngine(
      store: store, blobs: try BlobStore(path: directory.path, clock: clock),
      cache: ResultCache(capacity: cacheBytes), runner: runner, pool: pool,
      configuration: configuration, clock: clock,
      logger: Logger(label: "test") { _ in
        SwiftLogNoOpLogHandler()
      })
    try engine.start()
  }

  func drain(milliseconds: Int64 = 5000) {
    guard !isDrained.exchange(true, ordering: .relaxed) else { return }
    engine.drain(milliseconds: milliseconds)
    pool.shutdown()
  }

  deinit { drain() }

  static func submission(
    _ input: [UInt8] = [1, 2, 3], digest: SHA256Digest? = nil,
    run: PreparedRun? = nil
  ) -> JobSubmission {
    JobSubmission(
      algorithm: "a", version: "1", parameters: [], input: .bytes(input), digest: digest,
      cost: JobSubmission.Cost(seconds: 0.001, bytes: 1000, wide: false),
      prepared: run.map { JobSubmission.Prepared(bytes: 100, run: $0) })
  }

  /// Submits and waits for the end, up to a minute.
  func finish(_ submission: JobSubmission) async throws -> Submission {
    let deadline = clock.now().adding(milliseconds: 60_000)
    return try await withCheckedContinuation { continuation in
      engine.submit(submission, waitUntil: deadline) { continuation.resume(returning: $0) }
    }.get()
  }

  /// Waits until the condition holds, up to a minute.
  func wait(_ job: JobID, until condition: JobCondition = .finished) async throws -> JobRecord {
    let deadline = clock.now().adding(milliseconds: 60_000)
    let sighting = await withCheckedContinuation { continuation in
      engine.watch(job, until: condition, deadline: deadline) {
        continuation.resume(returning: $0)
      }
    }
    guard case .met(let record) = sighting else { throw Unexpected() }
    return record
  }

  func bytes(_ record: JobRecord) throws -> [UInt8] {
    let handle = try engine.result(of: record)
    switch handle.location {
    case .memory(let bytes): return bytes
    case .file(let path):
      return try #require(FileManager.default.contents(atPath: path).map { Array($0) })
    }
  }
}

/// Lets a computation wait for a test, and a test for a computation.
final class Gate: Sendable {
  private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>(
    (false, []))
  private let semaphore = DispatchSemaphore(value: 0)

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for one in waiting { one.resume() }
    semaphore.signal()
  }

  /// For tests.
  func passed() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }

  /// For computations, on threads of their own. After a minute they go on anyway: a test that threw
  /// before it opened the gate fails instead of hanging.
  func pass() {
    _ = semaphore.wait(timeout: .now() + .seconds(60))
    semaphore.signal()
  }

  var isOpen: Bool { state.withLock { $0.isOpen } }
}
