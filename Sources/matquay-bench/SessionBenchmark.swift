import ArgumentParser
import Dispatch
import HTTPClient
import JSON
import Synchronization
import WeightedPaging

/// Live paging sessions of the real program over HTTP, durable: decisions a second and the time of
/// one decision.
struct SessionBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sessions",
    abstract: "Decisions a second of live paging sessions over HTTP.",
    discussion: """
      A real `matquay serve` with its defaults: each batch is on disk before its answer leaves. \
      Costs of every fetch are reported with the next batch. The client runs on the same cores.
      """)

  @OptionGroup var options: BenchOptions

  @OptionGroup var program: ServiceProgram

  @Option(help: "The folder with web07.txt.gz.")
  var traces = "../shared/data/traces"

  @Option(help: "Requests of one measurement in batches of 1000.")
  var requests = 76_000

  @Option(help: "Requests of one measurement in batches of 1.")
  var singles = 2_000

  func run() throws {
    let folder = try BenchFolder()
    guard let service = ServiceProcess(program: program.matquay, data: folder.path + "/data") else {
      print("matquay serve does not start")
      throw ExitCode(1)
    }
    let trace = Self.trace(traces)
    var figures = Figures("sessions")
    var rates: [Double] = []
    var costs: [Double] = []
    var parallel: [Double] = []
    var times: [Double] = []
    for _ in 0..<options.rounds {
      let before = service.process.processorSeconds
      let took = try Self.drive(service.url, trace, batch: 1_000, count: requests)
      costs.append((service.process.processorSeconds - before) / Double(requests) * 1e6)
      rates.append(Double(requests) / took.reduce(0, +))
      times += try Self.drive(service.url, trace, batch: 1, count: singles)
      parallel.append(try together(service, trace, sessions: 4))
    }
    figures.add("batch_1000_decisions", rates.median, "1/s")
    figures.add("batch_1000_cpu", costs.median, "µs")
    figures.add("parallel_4_decisions", parallel.median, "1/s")
    times.sort()
    figures.add("batch_1_p50", times[times.count / 2] * 1_000, "ms")
    figures.add("batch_1_p99", times[times.count * 99 / 100] * 1_000, "ms")
    figures.note(
      "owp, k = 200, costs reported, \(options.rounds) rounds; the client on the same cores")
    try figures.report(options)
  }

  /// The web trace, or Zipf requests where it is not there.
  static func trace(_ folder: String) -> [Int64] {
    for row in PagingRow.all where row.name == "web07_200" || row.name == "zipf_100" {
      if let trace = row.trace(folder: folder) {
        return trace.requests.map { trace.numbers[Int($0)] }
      }
    }
    return []
  }

  /// A session from its first request on.
  ///
  /// - Returns: seconds of each batch.
  private static func drive(
    _ url: String, _ trace: [Int64], batch: Int, count: Int
  ) throws -> [Double] {
    let client = BlockingClient()
    guard let session = client.openSession(url, ["capacity": 200, "seed": 7]) else {
      print("no session was opened")
      throw ExitCode(1)
    }
    var driver = SessionDriver(requests: trace, batch: batch)
    var times: [Double] = []
    while driver.next < count {
      let body = driver.body()
      var reply: ClientReply?
      times.append(Interleaved.seconds { reply = client.post(url + session + "/requests", body) })
      guard let reply, reply.status == 200, driver.take(reply.body) else {
        print("a batch failed: \(reply?.text ?? "no answer")")
        throw ExitCode(1)
      }
    }
    return times
  }

  /// Several sessions at once.
  ///
  /// - Returns: decisions a second of all.
  private func together(
    _ service: ServiceProcess, _ trace: [Int64], sessions: Int
  ) throws -> Double {
    let failures = Atomic(0)
    let each = requests / 2
    let url = service.url
    let seconds = Interleaved.seconds {
      DispatchQueue.concurrentPerform(iterations: sessions) { _ in
        if (try? Self.drive(url, trace, batch: 1_000, count: each)) == nil {
          failures.add(1, ordering: .relaxed)
        }
      }
    }
    guard failures.load(ordering: .relaxed) == 0 else { throw ExitCode(1) }
    return Double(sessions * each) / seconds
  }
}
