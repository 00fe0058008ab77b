import ArgumentParser
import Dispatch
import Glibc
import Jobs
import Synchronization

/// The job engine's rates and times: durable submissions, small jobs over HTTP, wake-up, cancelling,
/// the end, single flight, cached answers. Crashes are `crash`'s.
struct JobsBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobs",
    abstract: "Rates of durable jobs, time to start, to cancel and to end, cached answers.")

  @OptionGroup var options: BenchOptions

  @OptionGroup var program: ServiceProgram

  @Option(help: "Seconds for each measurement by wrk.")
  var seconds = 3

  @Option(help: "Only these parts: sqlite, postgresql, http, replicas, cancel, cached.")
  var only: [String] = []

  func run() throws {
    signal(SIGPIPE, SIG_IGN)
    var figures = Figures("jobs")
    try measure("sqlite", &figures) { try sqlite(&$0) }
    try measure("postgresql", &figures) { try postgresql(&$0) }
    try measure("http", &figures) { try http(&$0) }
    try measure("replicas", &figures) { try replicas(&$0) }
    try measure("cancel", &figures) { try cancel(&$0) }
    try measure("cached", &figures) { try cached(&$0) }
    try figures.report(options)
  }

  private func measure(
    _ part: String, _ figures: inout Figures, _ work: (inout Figures) throws -> Void
  ) throws {
    if !only.isEmpty && !only.contains(part) { return }
    do { try work(&figures) } catch let failure as ServiceTimes.Failure {
      figures.note("\(part): \(failure)")
    }
  }

  private func median(_ body: () throws -> Double) rethrows -> Double {
    try (0..<options.rounds).map { _ in try body() }.median
  }

  private func sqlite(_ figures: inout Figures) throws {
    let folder = try BenchFolder()
    var number = 0
    func store() throws -> (any JobStore, String) {
      number += 1
      let path = try folder.make("store\(number)")
      return (try SQLiteStore(directory: path, durability: .full), path)
    }
    figures.add(
      "sqlite_enqueues",
      try median {
        let (store, path) = try store()
        return try EngineRates.enqueues([store], path)
      }, "1/s")
    let (one, path) = try store()
    figures.add("sqlite_wake_up_p95", try EngineRates.wakeUp([one], path), "ms")
  }

  private func postgresql(_ figures: inout Figures) throws {
    let folder = try BenchFolder()
    guard let server = DatabaseServer(folder: try folder.make("database")), server.start() else {
      return figures.note("postgresql: it is not installed or does not start")
    }
    let blobs = try folder.make("blobs")
    figures.add(
      "postgresql_enqueues",
      try median {
        _ = server.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        let stores = try (0..<4).map { _ in try PostgreSQLStore(url: server.url) }
        return try EngineRates.enqueues(stores, blobs)
      }, "1/s")
    _ = server.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    let two = try (0..<2).map { _ in try PostgreSQLStore(url: server.url) }
    figures.add("postgresql_wake_up_p95", try EngineRates.wakeUp(two, blobs), "ms")
  }

  private func http(_ figures: inout Figures) throws {
    let folder = try BenchFolder()
    let service = try ServiceTimes(program: program.matquay, data: folder.path + "/data")
    figures.add("start", service.startMilliseconds, "ms")
    let reports = try (0..<options.rounds).map { _ in
      try ServiceTimes.smallJobs(
        service.url, seconds: seconds, connections: 64, folder: folder.path)
    }
    figures.add("http_small_jobs", reports.map(\.rate).median, "1/s")
    figures.add("http_small_jobs_p99", reports.map(\.p99).median, "ms")
    figures.add("equal_requests_computed", Double(try service.computations(ofEqual: 100)), "")
    Pause.milliseconds(200)
    figures.add("idle_sigterm", service.end(), "ms")
  }

  /// Two processes over one PostgreSQL, each asked for small jobs, all of which either computes.
  private func replicas(_ figures: inout Figures) throws {
    let folder = try BenchFolder()
    guard let server = DatabaseServer(folder: try folder.make("database")), server.start() else {
      return figures.note("replicas: PostgreSQL is not installed or does not start")
    }
    let data = try folder.make("data")
    let services = try (0..<2).map { _ in
      try ServiceTimes(program: program.matquay, data: data, flags: ["--storage-url", server.url])
    }
    let rates = try (0..<options.rounds).map { _ in
      let reports = Mutex<[Double]>([])
      let (urls, seconds, path) = (services.map(\.url), seconds, folder.path)
      DispatchQueue.concurrentPerform(iterations: urls.count) { index in
        let report = try? ServiceTimes.smallJobs(
          urls[index], seconds: seconds, connections: 32, folder: path)
        if let report { reports.withLock { $0.append(report.rate) } }
      }
      let answered = reports.withLock { $0 }
      guard answered.count == urls.count else {
        throw ServiceTimes.Failure(description: "not every request was answered")
      }
      return answered.reduce(0, +)
    }
    figures.add("two_replicas_small_jobs", rates.median, "1/s")
    let computed = try services[0].computations(ofEqual: 100, others: [services[1]]) {
      server.query("SELECT count(*) FROM results")?.first.flatMap { Int($0) }
    }
    figures.add("two_replicas_equal_computed", Double(computed), "")
  }

  private func cancel(_ figures: inout Figures) throws {
    let folder = try BenchFolder()
    let service = try ServiceTimes(program: program.matquay, data: folder.path + "/data")
    for work in LongWork.all() {
      do {
        let times = try (0..<options.rounds).map { _ in try service.cancel(work) }
        figures.add("cancel_\(work.algorithm)", times.max() ?? .nan, "ms")
      } catch let failure as ServiceTimes.Failure {
        figures.note("cancel: \(failure)")
      }
    }
  }

  private func cached(_ figures: inout Figures) throws {
    let folder = try BenchFolder()
    let service = try ServiceTimes(program: program.matquay, data: folder.path + "/data")
    let rates = try service.cachedAnswers(
      seconds: seconds, folder: folder, rounds: options.rounds)
    figures.add("static_file_rate", rates.file, "1/s")
    figures.add("cached_npy_rate", rates.fetched, "1/s")
    figures.add("cached_npy_vs_static", rates.fetched / rates.file, "×")
    figures.add("cached_question_rate", rates.asked, "1/s")
    figures.add("cached_question_vs_static", rates.asked / rates.file, "×")
    figures.note("cached: 4 MB of float32 as npy, 16 connections, wrk on the same cores")
  }
}
