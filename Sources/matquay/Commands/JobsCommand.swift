import ArgumentParser
import Glibc
import HTTPClient
import JSON

/// Asks about jobs.
struct JobsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jobs", abstract: "List, show, await, cancel and trace jobs of a running service.",
    subcommands: [List.self, Get.self, Wait.self, Cancel.self, Trace.self],
    defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ls", abstract: "List jobs, newest first.")

    @Option(help: "Only jobs in this state. May be repeated.")
    var state: [String] = []
    @Option(help: "Only jobs of this algorithm.")
    var algorithm: String?
    @Option(help: "Only jobs with this label, as NAME:VALUE. May be repeated.")
    var label: [String] = []
    @Option(help: "At most so many, 1 to 500.")
    var limit = 50
    @Flag(help: "Print the service's answer.")
    var json = false
    @OptionGroup var service: ServiceAddress

    func run() throws {
      var query = state.map { (name: "state", text: $0) }
      query += label.map { (name: "label", text: $0) }
      if let algorithm { query.append(("algorithm", algorithm)) }
      query.append(("limit", "\(limit)"))
      let reply = try service.ask(service.request("GET", "/v1/jobs" + Query.text(query)))
      if json { return Terminal.write(reply.text + "\n") }
      let items = (try? JSONValue.parse(reply.body))?["items"]?.arrayValue ?? []
      for job in items { Terminal.write(JobsCommand.line(job) + "\n") }
    }
  }

  struct Get: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "get", abstract: "Print a job's document.")

    @Argument var id: String
    @OptionGroup var service: ServiceAddress

    func run() throws {
      Terminal.write(try JobsCommand.get(id, service).serializedText() + "\n")
    }
  }

  struct Wait: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "wait",
      abstract: "Wait for a job's end; the exit status is 0 only for one that succeeded.")

    @Argument var id: String
    @Flag(help: "Print the job document.")
    var json = false
    @OptionGroup var service: ServiceAddress

    func run() throws {
      let job = try JobsCommand.wait(for: id, service, showsProgress: !json)
      Terminal.write((json ? job.serializedText() : JobsCommand.line(job)) + "\n")
      try JobsCommand.endUnlessSucceeded(job)
    }
  }

  struct Cancel: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "cancel", abstract: "Cancel a job that waits or runs.")

    @Argument var id: String
    @OptionGroup var service: ServiceAddress

    func run() throws {
      let path = "/v1/jobs/\(Query.escaped(id))/cancel"
      let reply = try service.ask(service.request("POST", path, body: .bytes([])))
      Terminal.write(reply.text + "\n")
    }
  }

  /// A job's document.
  static func get(_ id: String, _ service: ServiceAddress) throws -> JSONValue {
    let reply = try service.ask(service.request("GET", "/v1/jobs/\(Query.escaped(id))"))
    return (try? JSONValue.parse(reply.body)) ?? .null
  }

  /// Long-polls until the job is over; `--timeout` bounds each question, not the whole.
  static func wait(
    for id: String, _ service: ServiceAddress, showsProgress: Bool
  ) throws -> JSONValue {
    var tag: String?
    let isTerminal = isatty(2) == 1
    while true {
      var request = service.request(
        "GET", "/v1/jobs/\(Query.escaped(id))", fields: [("Prefer", "wait=20")])
      if let tag { request.fields.append(("If-None-Match", tag)) }
      let reply = try service.ask(request)
      guard reply.status != 304 else { continue }
      tag = reply["ETag"]
      let job = (try? JSONValue.parse(reply.body)) ?? .null
      let isOpen = ["queued", "running"].contains(job["state"]?.stringValue)
      if showsProgress && isTerminal {
        Terminal.write("\r\u{1B}[K" + (isOpen ? line(job) : ""), to: 2)
      }
      if !isOpen { return job }
    }
  }

  /// Ends the program with 1 and the job's problem unless it succeeded.
  static func endUnlessSucceeded(_ job: JSONValue) throws {
    guard job["state"]?.stringValue != "succeeded" else { return }
    let detail = job["error"]?["detail"]?.stringValue ?? ""
    Terminal.complain("the job is \(job["state"]?.stringValue ?? "unknown"): \(detail)")
    throw ProgramExit.failure
  }

  /// A job on one line.
  static func line(_ job: JSONValue) -> String {
    let fraction = job["progress"]?["fraction"]?.doubleValue ?? 0
    let percent = "\(Int(fraction * 100))%"
    return [
      job["id"]?.stringValue, job["algorithm"]?.stringValue, job["state"]?.stringValue, percent,
      job["created_at"]?.stringValue,
    ].map { $0 ?? "-" }.joined(separator: "  ")
  }
}
