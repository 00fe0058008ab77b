import Compute
import Foundation
import Jobs
import Logging
import Testing

/// Measures, does not judge: `MATQUAY_MEASURE=1 swift test -c release --filter JobRateTests`.
@Suite(
  "Rates of the job engine", .serialized,
  .enabled(
    if: ProcessInfo.processInfo.environment["MATQUAY_MEASURE"] != nil,
    "set MATQUAY_MEASURE to measure"))
struct JobRateTests {
  private func engine(_ directory: TemporaryDirectory) throws -> JobEngine {
    let configuration = JobConfiguration(
      algorithms: ["a"], workers: 2, memoryBytes: 1 << 30, deliver: { $0() })
    let engine = JobEngine(
      store: try SQLiteStore(directory: directory.path, durability: .full),
      blobs: try BlobStore(path: directory.path), cache: ResultCache(capacity: 1 << 20),
      runner: EngineFixture.Runner(), pool: ComputePool(threads: 2),
      configuration: configuration,
      logger: Logger(label: "rate") { _ in SwiftLogNoOpLogHandler() })
    try engine.start()
    return engine
  }

  private func submission(_ digest: Bool, _ index: Int) -> JobSubmission {
    var submission = EngineFixture.submission(
      [UInt8](repeating: 1, count: 400), run: { _ in .succeeded([1, 2, 3]) })
    submission.cost.seconds = 0.0001
    if digest {
      submission.digest = SHA256Digest(of: withUnsafeBytes(of: index) { Array($0) })
    }
    return submission
  }

  @Test(arguments: [1, 4, 32, 128])
  func durableEnqueues(_ callers: Int) async throws {
    let engine = try engine(try TemporaryDirectory())
    try engine.setPaused(true)
    let count = 8000
    let seconds = await run(count: count, callers: callers) { index, done in
      engine.submit(submission(false, index)) { _ in done() }
    }
    print("enqueues/s with \(callers) callers: \(Int(Double(count) / seconds))")
    engine.drain(milliseconds: 0)
  }

  @Test(arguments: [1, 4, 32, 128])
  func smallJobsFromRequestToResult(_ callers: Int) async throws {
    let engine = try engine(try TemporaryDirectory())
    let count = callers == 1 ? 1000 : 6000
    let deadline = SystemClock().now().adding(milliseconds: 60_000)
    let seconds = await run(count: count, callers: callers) { index, done in
      engine.submit(submission(true, index), waitUntil: deadline) { result in
        if case .success(let submission) = result { _ = try? engine.result(of: submission.record) }
        done()
      }
    }
    print("jobs/s with \(callers) callers: \(Int(Double(count) / seconds))")
    engine.drain(milliseconds: 0)
  }

  @Test(arguments: [1, 32])
  func cachedAnswers(_ callers: Int) async throws {
    let engine = try engine(try TemporaryDirectory())
    let deadline = SystemClock().now().adding(milliseconds: 60_000)
    _ = await run(count: 1, callers: 1) { _, done in
      engine.submit(submission(true, 0), waitUntil: deadline) { _ in done() }
    }
    let count = 4000
    let seconds = await run(count: count, callers: callers) { _, done in
      engine.submit(submission(true, 0), waitUntil: deadline) { result in
        if case .success(let submission) = result { _ = try? engine.result(of: submission.record) }
        done()
      }
    }
    print("cached answers/s with \(callers) callers: \(Int(Double(count) / seconds))")
    engine.drain(milliseconds: 0)
  }

  /// Calls `body` `count` times, `callers` at once; seconds for all.
  private func run(
    count: Int, callers: Int,
    _ body: @escaping @Sendable (Int, @escaping @Sendable () -> Void) -> Void
  ) async -> Double {
    let begin = ContinuousClock.now
    let calls = Counter()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<callers {
        group.addTask {
          while true {
            let index = calls.increment()
            if index > count { return }
            await withCheckedContinuation { continuation in body(index) { continuation.resume() } }
          }
        }
      }
    }
    let spent = ContinuousClock.now - begin
    return Double(spent.components.seconds) + Double(spent.components.attoseconds) * 1e-18
  }
}
