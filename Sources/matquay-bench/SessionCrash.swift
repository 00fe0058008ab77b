import ArgumentParser
import Compute
import Dispatch
import Glibc
import HTTPClient
import JSON

/// One paging session driven by many requests while the server is killed again and again: every
/// answer must be, byte for byte, that of an undisturbed run with the same seed.
///
/// The kills fall at random moments around a batch: before it arrives, while it is decided, while it
/// is made durable, while its answer is on the way. The client knows of nothing; it sends the same
/// bytes until they are answered.
struct SessionCrash: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "session-crash",
    abstract: "Kill the server under a live paging session; the decisions must not change.",
    discussion: "The exit status is 1 where any answer differs.")

  @OptionGroup var program: ServiceProgram

  @Option(help: "The folder with web07.txt.gz; Zipf requests where it is not there.")
  var traces = "../shared/data/traces"

  @Option(help: "Requests, the trace over and over.")
  var requests = 1_000_000

  @Option(help: "Requests of one batch.")
  var batch = 1_000

  @Option(help: "Times that the server is killed.")
  var kills = 10

  @Option(help: "Slots of the session's cache.")
  var capacity = 200

  @Option(help: "The session's policy.")
  var policy = "owp"

  @Option(help: "Seed of the session and of the moments of the kills.")
  var seed: UInt64 = 1

  func validate() throws {
    guard batch >= 1, kills >= 0, requests >= batch * (kills + 1) else {
      throw ValidationError("expected at least kills + 1 batches")
    }
  }

  /// What a run gave.
  private struct Outcome {
    var answers: [[UInt8]] = []
    var seconds = 0.0
    var resent = 0
    var restarts: [Double] = []
  }

  func run() throws {
    let trace = SessionBenchmark.trace(traces)
    let quiet = try drive(trace, kills: [])
    let latency = quiet.seconds / Double(quiet.answers.count)
    var moments = RandomGenerator(seed: seed, stream: 0)
    let batches = quiet.answers.count
    // One in each of as many equal parts of the run, at any moment of a batch there.
    let plan = (0..<kills).map { part in
      let start = 1 + part * (batches - 1) / kills
      let length = max(1, (batches - 1) / kills)
      return (batch: start + moments.below(length), delay: moments.uniform() * 1.2 * latency)
    }
    let disturbed = try drive(trace, kills: plan)
    let differing = zip(quiet.answers, disturbed.answers).count { $0 != $1 }
    let isEqual = differing == 0 && quiet.answers.count == disturbed.answers.count
    print(
      "\(requests) requests in \(batches) batches of \(batch), policy \(policy), k = \(capacity)")
    print(
      "undisturbed: \(Figures.short(quiet.seconds)) s,",
      "\(Figures.short(Double(requests) / quiet.seconds)) decisions/s")
    print(
      "disturbed: \(disturbed.restarts.count) kills, \(disturbed.resent) batches sent again,",
      "\(Figures.short(disturbed.seconds)) s; from kill to first answer at most",
      "\(Figures.short(disturbed.restarts.max() ?? 0)) s")
    print("answers that differ: \(differing) of \(batches)")
    guard isEqual, disturbed.restarts.count == kills else { throw ExitCode(1) }
  }

  private func drive(
    _ trace: [Int64], kills: [(batch: Int, delay: Double)]
  ) throws -> Outcome {
    let folder = try BenchFolder()
    let client = BlockingClient()
    var server = try start(folder)
    guard
      let path = client.openSession(
        server.url,
        ["capacity": JSONValue(capacity), "seed": JSONValue(seed), "policy": .string(policy)])
    else { throw failure("no session was opened") }
    var driver = SessionDriver(requests: trace, batch: batch)
    var outcome = Outcome()
    var pending = kills
    let clock = ContinuousClock()
    let begin = clock.now
    while driver.next < requests {
      if let kill = pending.first, kill.batch <= outcome.answers.count {
        pending.removeFirst()
        schedule(kill.delay, server.process.pid)
      }
      let body = driver.body()
      var reply = client.post(server.url + path + "/requests", body)
      let lost = clock.now
      while reply == nil {
        guard outcome.resent < 10 * (kills.count + 1) else { throw failure("the server is gone") }
        server.process.stop(with: SIGKILL)
        server = try start(folder)
        outcome.resent += 1
        reply = client.post(server.url + path + "/requests", body)
        if reply != nil { outcome.restarts.append((clock.now - lost) / .seconds(1)) }
      }
      guard let reply, reply.status == 200, driver.take(reply.body) else {
        throw failure("a batch failed: \(reply?.text ?? "")")
      }
      outcome.answers.append(reply.body)
    }
    outcome.seconds = (clock.now - begin) / .seconds(1)
    return outcome
  }

  private func start(_ folder: BenchFolder) throws -> ServiceProcess {
    guard let server = ServiceProcess(program: program.matquay, data: folder.path + "/data") else {
      throw failure("matquay serve does not start")
    }
    return server
  }

  private func schedule(_ delay: Double, _ pid: pid_t) {
    DispatchQueue.global(qos: .userInteractive).asyncAfter(deadline: .now() + delay) {
      kill(pid, SIGKILL)
    }
  }

  private func failure(_ words: String) -> ExitCode {
    print(words)
    return ExitCode(1)
  }
}
