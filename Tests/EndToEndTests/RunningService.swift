import Glibc
import HTTPClient
import JSON
import TestSupport

/// The real program serving on a free port.
final class RunningService {
  let process: Spawned
  /// `http://127.0.0.1:PORT`.
  let url: String
  let client = BlockingClient()

  /// Starts it and waits until it says that it listens.
  ///
  /// - Parameter command: what starts the program, where it is not started by its path.
  init(command: [String]? = nil, data: String, _ flags: [String] = []) throws {
    process = try Spawned(
      (command ?? [Program.path ?? "matquay"])
        + ["serve", "--port", "0", "--storage-path", data] + flags)
    guard let line = process.line(), line.hasPrefix("listening on ") else {
      throw EndToEndFailure("it does not listen: \(process.errors)")
    }
    url = String(line.dropFirst("listening on ".count))
  }

  /// The admin address, which the log names, soon after the program says that it listens; nil where
  /// it does not within ten seconds.
  var adminURL: String? {
    for _ in 0..<1_000 {
      let found = process.errors.split(separator: "\"").first {
        $0.hasPrefix("http://127.0.0.1:") && String($0) != url
      }
      if let found { return String(found) }
      poll(nil, 0, 10)
    }
    return nil
  }

  var port: String { String(url.split(separator: ":").last ?? "") }

  func send(
    _ method: String, _ path: String, fields: [(name: String, value: String)] = [],
    body: ClientRequest.Body = .none
  ) throws -> ClientReply {
    try client.send(ClientRequest(method, url + path, fields: fields, body: body))
  }

  func json(_ path: String) throws -> JSONValue {
    try JSONValue.parse(send("GET", path).body)
  }

  /// Long-polls a job until a condition holds of its document.
  func job(_ id: String, until holds: (JSONValue) -> Bool) throws -> JSONValue {
    var tag: String?
    // Each question waits in the service; 100 of them are far more than any test needs.
    for _ in 0..<100 {
      var fields = [(name: "Prefer", value: "wait=5")]
      if let tag { fields.append(("If-None-Match", tag)) }
      let reply = try send("GET", "/v1/jobs/\(id)", fields: fields)
      if reply.status == 304 { continue }
      guard reply.status == 200 else { throw EndToEndFailure("job \(id): \(reply.text)") }
      tag = reply["ETag"]
      let document = try JSONValue.parse(reply.body)
      if holds(document) { return document }
    }
    throw EndToEndFailure("job \(id) did not get there")
  }

  /// The state's word of a job's document.
  static func state(_ job: JSONValue) -> String { job["state"]?.stringValue ?? "" }

  static func isOver(_ job: JSONValue) -> Bool { !["queued", "running"].contains(state(job)) }
}
