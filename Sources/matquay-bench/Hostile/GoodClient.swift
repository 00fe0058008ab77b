import Synchronization

/// Small real requests, each of which has to succeed.
final class GoodClient {
  /// What all good clients counted.
  final class Tally: Sendable {
    private let counts = Mutex((requests: 0, failures: [String]()))

    func note(_ failure: String?) {
      counts.withLock { counts in
        counts.requests += 1
        if let failure { counts.failures.append(failure) }
      }
    }

    var requests: Int { counts.withLock { $0.requests } }
    var failures: [String] { counts.withLock { $0.failures } }
  }

  private let port: Int
  private let tally: Tally
  private var random: SystemRandomNumberGenerator
  private var socket: RawSocket?
  private var job: String?

  init(port: Int, tally: Tally) {
    self.port = port
    self.tally = tally
    random = SystemRandomNumberGenerator()
  }

  /// One request of each kind, now and then on a new connection.
  func round() {
    get("/livez")
    get("/v1/algorithms")
    execute()
    if let job {
      get("/v1/jobs/\(job)")
      get("/v1/jobs/\(job)/results", ["Accept: application/vnd.safetensors", "Range: bytes=0-7"])
    }
    if Int.random(in: 0..<8, using: &random) == 0 { socket = nil }
  }

  private func get(_ path: String, _ fields: [String] = []) {
    let lines = ["GET \(path) HTTP/1.1", "Host: localhost"] + fields
    let status = send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))?.status
    let isGood = status == 200 || status == 206
    tally.note(isGood ? nil : "GET \(path): \(status.map(String.init) ?? "no answer")")
  }

  /// A matrix nobody sent before: a computation each time, and a durable row.
  private func execute() {
    let numbers = (0..<6).map { _ in String(Int.random(in: -999...999, using: &random)) }
    let rows =
      "[[\(numbers[0]),\(numbers[1])],[\(numbers[2]),\(numbers[3])],"
      + "[\(numbers[4]),\(numbers[5]).5]]"
    let body = "{\"params\":{\"method\":\"exact\"},\"inputs\":{\"gradient\":\(rows)}}"
    let head = [
      "POST /v1/algorithms/dualize/execution HTTP/1.1", "Host: localhost",
      "Content-Type: application/json", "Content-Length: \(body.utf8.count)",
    ]
    let answer = send(Array((head.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8))
    let isGood = answer?.status == 200
    tally.note(isGood ? nil : "POST: \(answer.map { String($0.status) } ?? "no answer")")
    job = answer?.fields["x-job-id"] ?? job
  }

  /// A kept connection may have reached its number of requests: then once more on a new one.
  private func send(_ bytes: [UInt8]) -> (status: Int, fields: [String: String])? {
    for _ in 0..<2 {
      let isNew = socket == nil
      if socket == nil { socket = RawSocket(port: port, seconds: 30) }
      if let socket, socket.send(bytes), let answer = socket.answer() {
        if answer.fields["connection"] == "close" { self.socket = nil }
        return (answer.status, answer.fields)
      }
      socket = nil
      if isNew { return nil }
    }
    return nil
  }
}
