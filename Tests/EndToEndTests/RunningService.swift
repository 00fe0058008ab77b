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
  init(data: String, _ flags: [String] = []) throws {
    process = try Spawned(
      [Program.path ?? "matquay", "serve", "--port", "0", "--storage-path", data] + flags)
    guard let line = process.line(), line.hasPrefix("listening on ") else {
      throw EndToEndFailure("it does not listen: \(process.errors)")
    }
    url = String(line.dropFirst("listening on ".count))
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
