import ArgumentParser
import Dispatch
import Glibc
import HTTPClient
import JSON

/// Kills the service again and again while it is asked for jobs, and looks what became of them.
///
/// What must hold: every acknowledged job is there; no job ended twice (a trigger in the database
/// counts); no request made two jobs; all are over within twice the lease after the last kill.
struct CrashBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crash",
    abstract: "Kill -9 the service under load and count what was lost or done twice.",
    discussion: """
      The whole loop is 50 kills over 5000 jobs, for each store: `crash --check` and \
      `crash --store postgresql --check`. With PostgreSQL three replicas share the queue, and the \
      database itself is stopped with `-m immediate` after every tenth kill.
      """)

  enum Store: String, ExpressibleByArgument { case sqlite, postgresql }

  @OptionGroup var options: BenchOptions

  @Option(help: "sqlite or postgresql.")
  var store = Store.sqlite

  @Option(help: "How often a process is killed.")
  var kills = 50

  @Option(help: "Jobs to be acknowledged.")
  var jobs = 5000

  @Option(help: "Processes that share a PostgreSQL queue.")
  var replicas = 3

  @OptionGroup var program: ServiceProgram

  @Option(help: "Seconds of jobs.lease.")
  var lease = 3

  func validate() throws {
    guard kills > 0, jobs >= kills, replicas > 0, lease >= 1 else {
      throw ValidationError(
        "--kills, --replicas and --lease are at least 1, --jobs at least --kills")
    }
  }

  func run() throws {
    // A caller whose server is killed must not die of it.
    signal(SIGPIPE, SIG_IGN)
    let folder = try BenchFolder()
    let database = try startDatabase(folder)
    let addresses = (0..<(database == nil ? 1 : replicas)).map { _ in ReplicaAddress() }
    let flags =
      [
        "--storage-path", folder.path + "/data", "--jobs-lease", "\(lease)s", "--jobs-heartbeat",
        "\(lease * 1000 / 4)ms", "--jobs-reaper", "200ms",
      ] + (database.map { ["--storage-url", $0.url] } ?? [])
    let services = addresses.map { Replica(program: program.matquay, flags: flags, address: $0) }
    defer { for service in services { service.stop() } }
    for service in services where !service.start() {
      print("\(program.matquay) does not start")
      throw ExitCode(1)
    }
    let audit = EndAudit(
      database: database.map { .server($0) } ?? .file(folder.path + "/data/matquay.db"))
    guard audit.install() else {
      print("the audit's triggers cannot be made")
      throw ExitCode(1)
    }
    let load = SubmissionLoad(count: jobs, addresses: addresses)
    let begin = ContinuousClock.now
    load.start(lanes: 12)
    let lastKill = try crash(services, addresses, load, database)
    load.finish()
    let after = waitUntilOver(addresses, since: lastKill)
    let seconds = (ContinuousClock.now - begin).seconds
    try report(load, addresses, audit, over: after, seconds: seconds)
  }

  private func startDatabase(_ folder: BenchFolder) throws -> DatabaseServer? {
    guard store == .postgresql else { return nil }
    guard let database = DatabaseServer(folder: try folder.make("database")), database.start()
    else {
      print("PostgreSQL is not installed or does not start")
      throw ExitCode(1)
    }
    return database
  }

  /// Kills one process after every so many acknowledged jobs; the last when all are.
  private func crash(
    _ services: [Replica], _ addresses: [ReplicaAddress], _ load: SubmissionLoad,
    _ database: DatabaseServer?
  ) throws -> ContinuousClock.Instant {
    var last = ContinuousClock.now
    for kill in 1...kills {
      let target = kill * jobs / kills
      let limit = ContinuousClock.now + .seconds(120)
      while load.acknowledgedCount < target {
        load.hold((Self.open(addresses) ?? 0) > 150)
        usleep(10_000)
        guard ContinuousClock.now < limit, load.surprises.isEmpty else {
          print("stuck at \(load.acknowledgedCount) of \(target): \(load.surprises.prefix(3))")
          load.end()
          throw ExitCode(1)
        }
      }
      usleep(UInt32.random(in: 0...100_000))
      let victim = services[Int.random(in: services.indices)]
      victim.kill()
      last = .now
      if let database, kill % 10 == 0 || kill == kills {
        database.stopImmediately()
        usleep(200_000)
        guard database.start() else {
          print("PostgreSQL does not start again")
          load.end()
          throw ExitCode(1)
        }
        last = .now
      }
      guard restart(victim) else {
        print("a killed process does not start again")
        load.end()
        throw ExitCode(1)
      }
    }
    load.hold(false)
    return last
  }

  /// Starts a process that was killed; its database may be recovering still.
  private func restart(_ victim: Replica) -> Bool {
    for _ in 0..<100 {
      if victim.start() { return true }
      usleep(100_000)
    }
    return false
  }

  /// Queued and running jobs, by whoever answers.
  private static func open(_ addresses: [ReplicaAddress]) -> Int? {
    guard let url = addresses.randomElement()?.url,
      let reply = try? client.send(
        ClientRequest("GET", url + "/v1/queue", timeout: .seconds(5))), reply.status == 200,
      let queue = try? JSONValue.parse(reply.body)
    else { return nil }
    return Int((queue["queued"]?.integerValue ?? 0) + (queue["running"]?.integerValue ?? 0))
  }

  private static let client = BlockingClient()

  /// Seconds from the last kill until no job is open.
  private func waitUntilOver(
    _ addresses: [ReplicaAddress], since last: ContinuousClock.Instant
  ) -> Double {
    while (ContinuousClock.now - last).seconds < Double(lease) * 20 {
      if Self.open(addresses) == 0 { break }
      usleep(20_000)
    }
    return (ContinuousClock.now - last).seconds
  }

  private func report(
    _ load: SubmissionLoad, _ addresses: [ReplicaAddress], _ audit: EndAudit, over: Double,
    seconds: Double
  ) throws {
    let ids = load.acknowledged
    let ends = JobsLook(addresses: addresses).look(at: ids)
    var figures = Figures("crash")
    figures.add("acknowledged", Double(ids.count), "jobs")
    figures.add("kills", Double(kills), "")
    figures.add("lost", Double(ends.missing + ends.withoutResult), "jobs")
    figures.add("open", Double(ends.open), "jobs")
    figures.add("completed_twice", Double(audit.endedTwice ?? -1), "jobs")
    figures.add(
      "never_ended", Double((audit.jobs ?? -1) - (audit.ended ?? 0)), "jobs")
    figures.add(
      "made_twice", Double((audit.jobs ?? -1) - Set(ids).count), "jobs")
    figures.add("unexpected_answers", Double(load.surprises.count), "")
    figures.add("over_after_leases", over / Double(lease), "leases")
    figures.add("failed_after_3_crashes", Double(ends.exhausted), "jobs")
    figures.add("failed_otherwise", Double(ends.failed), "jobs")
    figures.add("tried_again", Double(ends.triedAgain), "jobs")
    figures.note(
      "\(store.rawValue), \(addresses.count) process(es), lease \(lease) s, "
        + "\(Figures.short(seconds)) s in all")
    for surprise in load.surprises.prefix(5) { figures.note(surprise) }
    try figures.report(options)
  }
}
