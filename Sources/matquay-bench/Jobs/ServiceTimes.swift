import ArgumentParser
import Dispatch
import Glibc
import HTTPClient
import JSON
import Synchronization
import Tensors

/// What one `matquay serve` does over HTTP.
final class ServiceTimes {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  let url: String
  let process: ChildProcess
  /// From the start of the process until it listens, ms.
  let startMilliseconds: Double
  private let client = BlockingClient()
  private let data: String

  init(program: String, data: String, flags: [String] = []) throws {
    self.data = data
    let begin = ContinuousClock.now
    guard
      let process = ChildProcess.start(
        [
          program, "serve", "--port", "0", "--storage-path", data, "--log-level", "critical",
        ] + flags), let line = process.line(), line.hasPrefix("listening on ")
    else { throw Failure(description: "\(program) does not start") }
    startMilliseconds = (ContinuousClock.now - begin).seconds * 1000
    self.process = process
    url = String(line.dropFirst("listening on ".count))
  }

  private func send(
    _ method: String, _ path: String, _ fields: [(name: String, value: String)] = [],
    _ body: [UInt8]? = nil
  ) throws -> ClientReply {
    try client.send(
      ClientRequest(method, url + path, fields: fields, body: body.map { .bytes($0) } ?? .none))
  }

  // MARK: Small jobs

  /// Distinct small jobs from request to result, by wrk with so many connections.
  static func smallJobs(
    _ url: String, seconds: Int, connections: Int, folder: String
  ) throws -> WrkReport {
    let script = """
      local n = \(Int.random(in: 0..<1_000) * 1_000_000_000)
      wrk.method = "POST"
      wrk.headers["Content-Type"] = "application/json"
      request = function()
        n = n + 1
        return wrk.format(nil, "/v1/algorithms/dualize/execution", nil,
          string.format('{"seed":%d,"inputs":{"gradient":[[3,0,1],[0,0.5,2]]}}', n))
      end
      """
    return try wrk(url, script, seconds: seconds, connections: connections, folder)
  }

  private static func wrk(
    _ url: String, _ script: String, seconds: Int, connections: Int, _ folder: String
  ) throws -> WrkReport {
    let path = folder + "/wrk\(UInt32.random(in: 0 ... .max)).lua"
    guard FileText.write(script, to: path) else { throw Failure(description: "no \(path)") }
    let run = ChildProcess.start([
      "wrk", "-t1", "-c\(connections)", "-d\(seconds)s", "--latency", "-s", path, url,
    ])
    guard let text = run?.finish().text, let report = WrkReport(text), report.failures == 0 else {
      throw Failure(description: "wrk is not here, or requests to \(url) failed")
    }
    return report
  }

  // MARK: One computation for many

  /// How many results more the database has after so many equal requests at once, spread over this
  /// service and `others`.
  ///
  /// - Parameter results: how many it has; `nil`: that of SQLite in this service's data is asked.
  func computations(
    ofEqual count: Int, others: [ServiceTimes] = [], results: (() -> Int?)? = nil
  ) throws -> Int {
    let counted =
      results ?? { [data] in
        DatabaseFile.query("SELECT count(*) FROM results", data + "/matquay.db")?.first
          .flatMap { Int($0) }
      }
    try waitUntilIdle()
    let before = counted()
    let group = DispatchGroup()
    let succeeded = Atomic(0)
    let body = Self.matrix(side: 400)
    let urls = [url] + others.map(\.url)
    // A queue of its own for each, so that all of them are on their way at once.
    for number in 0..<count {
      let request = ClientRequest(
        "POST", urls[number % urls.count] + "/v1/algorithms/dualize/execution?method=exact&seed=77",
        fields: [("Content-Type", "application/x-npy"), ("Accept", "application/x-npy")],
        body: .bytes(body))
      DispatchQueue(label: "equal.\(number)").async(group: group) { [client] in
        if (try? client.send(request))?.status == 200 { succeeded.add(1, ordering: .relaxed) }
      }
    }
    group.wait()
    guard succeeded.load(ordering: .relaxed) == count else {
      throw Failure(description: "not all of \(count) equal requests were answered")
    }
    guard let before, let after = counted() else {
      throw Failure(description: "the database cannot be read")
    }
    return after - before
  }

  /// What callers left behind who went away in the middle of their requests.
  private func waitUntilIdle() throws {
    for _ in 0..<1000 {
      let queue = try JSONValue.parse(send("GET", "/v1/queue").body)
      if queue["queued"]?.integerValue == 0, queue["running"]?.integerValue == 0 { return }
      Pause.milliseconds(10)
    }
    throw Failure(description: "the queue does not become empty")
  }

  static func matrix(side: Int) -> [UInt8] {
    var random = SystemRandomNumberGenerator()
    return NPY.write(
      Tensor(
        shape: [side, side],
        float64: (0..<side * side).map { _ in Double.random(in: -1...1, using: &random) }))
  }

  // MARK: Cancelling

  /// Milliseconds from the request to cancel a running job until it is cancelled.
  func cancel(_ work: LongWork) throws -> Double {
    let reply = try send(
      "POST", "/v1/algorithms/\(work.algorithm)/execution?\(work.query)",
      [("Content-Type", work.type), ("Prefer", "respond-async"), ("Cache-Control", "no-store")],
      work.body)
    guard reply.status == 202, let id = try JSONValue.parse(reply.body)["id"]?.stringValue else {
      throw Failure(description: "\(work.algorithm): \(reply.status) \(reply.text)")
    }
    while try state(id) == "queued" { Pause.milliseconds(1) }
    Pause.milliseconds(150)
    guard try state(id) == "running" else {
      throw Failure(description: "\(work.algorithm): over before it was cancelled")
    }
    let begin = ContinuousClock.now
    _ = try send("POST", "/v1/jobs/\(id)/cancel")
    while try state(id) == "running" { Pause.milliseconds(1) }
    let milliseconds = (ContinuousClock.now - begin).seconds * 1000
    guard try state(id) == "cancelled" else {
      throw Failure(description: "\(work.algorithm): over before it was cancelled")
    }
    return milliseconds
  }

  private func state(_ id: String) throws -> String {
    try JSONValue.parse(send("GET", "/v1/jobs/\(id)").body)["state"]?.stringValue ?? ""
  }

  // MARK: Cached answers

  /// The rates of a cached npy answer of 4 MB (fetched, and asked for anew with its question) and
  /// of a static file of the same bytes from the same server room, 1/s.
  func cachedAnswers(
    seconds: Int, folder: BenchFolder, rounds: Int
  ) throws -> (fetched: Double, asked: Double, file: Double) {
    let question = Self.reconstruction()
    let path = "/v1/algorithms/blast/execution?operation=reconstruct"
    let fields = [
      (name: "Content-Type", value: "application/vnd.safetensors"),
      (name: "Accept", value: "application/x-npy"),
    ]
    let first = try send("POST", path, fields, question)
    guard first.status == 200, first.body.count > 4 << 20, let id = first["X-Job-Id"],
      FileText.write(first.body, to: folder.path + "/answer.npy"),
      FileText.write(question, to: folder.path + "/question")
    else { throw Failure(description: "blast: \(first.status)") }
    let server = ChildProcess.start([
      ProgramFolder.path + "/matquay-bench", "hello-server", "--file",
      folder.path + "/answer.npy",
    ])
    guard let line = server?.line(), line.hasPrefix("listening on ") else {
      throw Failure(description: "the static server does not start")
    }
    let fileURL = String(line.dropFirst("listening on ".count)) + "/file"
    let accept = #"wrk.headers["Accept"] = "application/x-npy""#
    let ask = """
      \(accept)
      wrk.method = "POST"
      wrk.headers["Content-Type"] = "application/vnd.safetensors"
      wrk.body = io.open("\(folder.path)/question", "rb"):read("*a")
      """
    func rate(_ url: String, _ script: String) throws -> Double {
      try Self.wrk(url, script, seconds: seconds, connections: 16, folder.path).rate
    }
    let samples = try Interleaved.samples(
      rounds: rounds,
      of: [
        ("fetched", { try rate(self.url + "/v1/jobs/\(id)/results", accept) }),
        ("asked", { try rate(self.url + path, ask) }),
        ("file", { try rate(fileURL, "") }),
      ])
    return (samples[0].samples.median, samples[1].samples.median, samples[2].samples.median)
  }

  /// Factors of 16 KB in all whose product is a float32 matrix of 4 MB.
  private static func reconstruction() -> [UInt8] {
    var tensors = NamedTensors()
    func factor(_ shape: [Int]) -> Tensor {
      Tensor(
        shape: shape,
        float32: (0..<shape.reduce(1, *)).map { _ in Float.random(in: -1...1) })
    }
    tensors["U"] = factor([1024, 2])
    tensors["S"] = factor([2, 2, 2])
    tensors["V"] = factor([1024, 2])
    return Safetensors.write(tensors)
  }

  // MARK: The end

  /// Milliseconds from SIGTERM to the end of the idle process.
  func end() -> Double {
    Interleaved.seconds { process.stop() } * 1000
  }
}
