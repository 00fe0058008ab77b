import ArgumentParser
import FoundationEssentials
import HTTPClient
import JSON

/// Sends a file to a running service as a job.
struct SubmitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Send a file to a running service as a job; prints the job's id.")

  @Argument(help: "Algorithm id, such as dualize.")
  var algorithm: String

  @Argument(help: "A .npy, .npz, .safetensors or .json file, or .txt for a trace.")
  var file: String

  @OptionGroup var options: RequestOptions

  @Option(help: "A label as NAME=VALUE. May be repeated.")
  var label: [String] = []

  @Option(help: "0 to 1000, higher first.")
  var priority: Int?

  @Option(help: "The same key gives the same job.")
  var idempotencyKey: String?

  @Flag(help: "Wait for the end; the exit status is 0 only for a job that succeeded.")
  var wait = false

  @Option(name: [.long, .short], help: "With --wait: write the result to this file.")
  var output: String?

  @Flag(help: "Print the job document.")
  var json = false

  @OptionGroup var service: ServiceAddress

  func validate() throws {
    if output != nil && !wait { throw ValidationError("--output needs --wait") }
  }

  func run() throws {
    var request = service.request(
      "POST", "/v1/algorithms/\(Query.escaped(algorithm))/execution",
      fields: [("Prefer", "respond-async"), ("Accept", "application/json")])
    if let idempotencyKey { request.fields.append(("Idempotency-Key", idempotencyKey)) }
    let type = TensorPath.mediaType(file) ?? "application/octet-stream"
    request.fields.append(("Content-Type", type))
    if type == "application/json" {
      request.body = .bytes(try document())
    } else {
      request.url += Query.text(try query())
      request.body = .file(file)
    }
    let reply = try service.ask(request)
    let job = try Self.job(of: reply, service)
    let id = job["id"]?.stringValue ?? ""
    if !wait {
      Terminal.write((json ? job.serializedText() : id) + "\n")
      return
    }
    let over = try JobsCommand.wait(for: id, service, showsProgress: !json)
    Terminal.write((json ? over.serializedText() : id) + "\n")
    try JobsCommand.endUnlessSucceeded(over)
    if let output { try ResultCommand.fetch(id, to: output, service) }
  }

  /// 202 carries the job document; 200 (a cached result) names its job.
  private static func job(of reply: ClientReply, _ service: ServiceAddress) throws -> JSONValue {
    guard let document = try? JSONValue.parse(reply.body) else {
      Terminal.complain("the service's answer is not JSON")
      throw ProgramExit.failure
    }
    guard let id = document["job_id"]?.stringValue else { return document }
    return try JobsCommand.get(id, service)
  }

  private func query() throws -> [(name: String, text: String)] {
    var query = try options.document().map { (name: $0.key, text: Query.plain($0.value)) }
    let pairs = try options.pairs()
    query.removeAll { own in pairs.contains { $0.name == own.name } }
    query += pairs
    if options.seed != 0 { query.append(("seed", "\(options.seed)")) }
    if let priority { query.append(("priority", "\(priority)")) }
    for text in label {
      let (name, value) = try Query.pair(text, "--label")
      query.append(("label.\(name)", value))
    }
    return query
  }

  /// A request document with what the flags add.
  private func document() throws -> [UInt8] {
    guard let parsed = try? JSONValue.parse(TensorPath.read(file)), var members = parsed.objectValue
    else { throw ValidationError("\(file): expected a JSON object with params and inputs") }
    var params = members["params"]?.objectValue ?? JSONObject()
    for (name, value) in try options.document() { params[name] = value }
    for (name, text) in try options.pairs() {
      params[name] = (try? JSONValue.parse(text)) ?? .string(text)
    }
    members["params"] = .object(params)
    if options.seed != 0 { members["seed"] = JSONValue(options.seed) }
    if let priority { members["priority"] = JSONValue(priority) }
    if !label.isEmpty {
      var labels = JSONObject()
      for text in label {
        let (name, value) = try Query.pair(text, "--label")
        labels[name] = .string(value)
      }
      members["labels"] = .object(labels)
    }
    return JSONValue.object(members).serialized()
  }
}
