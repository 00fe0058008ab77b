import Compute
import Dispatch
import Glibc
import Jobs
import Logging

// A process to be killed: works on the jobs of a store, and submits new ones until it is killed.
//
//   jobs-crash-worker DIRECTORY [POSTGRESQL-SETTINGS]
//
// Prints `+ID` once a job is durable, and `-ID` once its end is.

/// Answers with the input reversed, after a little computing.
struct ReversingRunner: JobRunner {
  func run(_ request: ExecutionRequest, in context: ComputeContext) -> RunOutcome {
    var sum: UInt64 = 0
    for number in 0..<UInt64(200_000) { sum = sum &* 31 &+ number }
    return sum == 1 ? .succeeded([]) : .succeeded(request.input.reversed())
  }
}

/// A line of its own, unbuffered: what was printed survives the kill.
@Sendable func tell(_ line: String) {
  var bytes = Array(line.utf8)
  bytes.append(10)
  write(1, bytes, bytes.count)
}

@Sendable func submitNext(_ engine: JobEngine, _ number: Int) {
  let submission = JobSubmission(
    algorithm: "a", version: "1", parameters: [],
    input: .bytes([UInt8(truncatingIfNeeded: number), 1, 2]), digest: nil,
    cost: JobSubmission.Cost(seconds: 0.0005, bytes: 100, wide: number % 10 == 0))
  engine.submit(submission) { result in
    if case .success(let submitted) = result { tell("+\(submitted.record.id)") }
    submitNext(engine, number + 1)
  }
}

func work(_ arguments: [String]) throws {
  let directory = arguments[1]
  let store: any JobStore =
    if arguments.count > 2 {
      try PostgreSQLStore(url: arguments[2])
    } else {
      try SQLiteStore(directory: directory, durability: .normal)
    }
  var configuration = JobConfiguration(
    algorithms: ["a"], workers: 2, memoryBytes: 1 << 30,
    deliver: { work in DispatchQueue.global().async(execute: work) })
  configuration.leaseMilliseconds = 2000
  configuration.heartbeatMilliseconds = 500
  configuration.reapMilliseconds = 500
  configuration.finished = { job in tell("-\(job.record.id)") }
  let engine = JobEngine(
    store: store, blobs: try BlobStore(path: directory),
    cache: ResultCache(capacity: 1 << 20), runner: ReversingRunner(),
    pool: ComputePool(threads: 2), configuration: configuration,
    logger: Logger(label: "crash") { _ in SwiftLogNoOpLogHandler() })
  try engine.start()
  for lane in 0..<8 { submitNext(engine, lane) }
  dispatchMain()
}

do {
  try work(CommandLine.arguments)
} catch {
  tell("!\(error)")
  exit(1)
}
