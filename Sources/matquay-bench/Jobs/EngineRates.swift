import Compute
import Dispatch
import Jobs
import Logging
import Observability
import Synchronization

/// What the job engine does in this process, without HTTP.
enum EngineRates {
  /// Tells when a job starts.
  private struct Runner: JobRunner {
    let started: @Sendable () -> Void

    func run(_ request: ExecutionRequest, in context: ComputeContext) -> RunOutcome {
      started()
      return .succeeded([1, 2, 3])
    }
  }

  private static func engine(
    _ store: any JobStore, _ folder: String, algorithms: [String] = ["a"],
    started: @escaping @Sendable () -> Void = {}
  ) throws -> JobEngine {
    var configuration = JobConfiguration(
      algorithms: algorithms, workers: 1, memoryBytes: 1 << 30, deliver: { $0() })
    configuration.maximumQueued = 1_000_000
    let engine = JobEngine(
      store: store, blobs: try BlobStore(path: folder), cache: ResultCache(capacity: 1 << 20),
      runner: Runner(started: started), pool: ComputePool(threads: 1),
      configuration: configuration,
      logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
    try engine.start()
    return engine
  }

  private static var submission: JobSubmission {
    JobSubmission(
      algorithm: "a", version: "1", parameters: [],
      input: .bytes([UInt8](repeating: 1, count: 400)),
      digest: nil, cost: JobSubmission.Cost(seconds: 0.0001, bytes: 1000, wide: false))
  }

  /// Durable submissions a second: a paused queue, the callers spread over the stores.
  static func enqueues(
    _ stores: [any JobStore], _ folder: String, count: Int = 6000, callers: Int = 32
  ) throws -> Double {
    let engines = try stores.map { try engine($0, folder) }
    defer { for engine in engines { engine.drain(milliseconds: 0) } }
    try engines.first?.setPaused(true)
    let lane = Lane(engines: engines, count: count)
    let seconds = Interleaved.seconds {
      for caller in 0..<callers {
        lane.group.enter()
        lane.next(caller)
      }
      lane.group.wait()
    }
    return Double(count) / seconds
  }

  /// Submits again as soon as the last is acknowledged.
  private final class Lane: Sendable {
    let group = DispatchGroup()
    private let engines: [JobEngine]
    private let left: Atomic<Int>

    init(engines: [JobEngine], count: Int) {
      self.engines = engines
      left = Atomic(count)
    }

    func next(_ caller: Int) {
      guard left.subtract(1, ordering: .relaxed).newValue >= 0 else { return group.leave() }
      engines[caller % engines.count].submit(EngineRates.submission) { [self] _ in next(caller) }
    }
  }

  /// Milliseconds from the acknowledgement of a job in one engine to its start in another (or the
  /// same where there is one store), the 95th percentile. The queue is idle before each.
  static func wakeUp(_ stores: [any JobStore], _ folder: String, count: Int = 200) throws -> Double
  {
    let started = Mutex(ContinuousClock.now)
    let signal = DispatchSemaphore(value: 0)
    let engines = try stores.enumerated().map { index, store in
      let isWorker = index == stores.count - 1
      return try engine(store, folder, algorithms: isWorker ? ["a"] : []) {
        started.withLock { $0 = .now }
        signal.signal()
      }
    }
    defer { for engine in engines { engine.drain(milliseconds: 1000) } }
    var milliseconds: [Double] = []
    for _ in 0..<count {
      _ = try engines[0].submit(submission)
      let acknowledged = ContinuousClock.now
      signal.wait()
      let seconds = (started.withLock { $0 } - acknowledged).seconds
      milliseconds.append(max(0, seconds * 1000))
      Pause.milliseconds(4)
    }
    milliseconds.sort()
    return milliseconds[milliseconds.count * 95 / 100]
  }
}
