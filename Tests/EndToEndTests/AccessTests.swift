import Glibc
import HTTPClient
import JSON
import Testing

/// Who may call the running program, and from where.
@Suite(.enabled(if: Program.isBuilt, "\(Program.absent)"), .timeLimit(.minutes(2)))
struct AccessTests {
  private func status(
    _ service: RunningService, _ fields: [(name: String, value: String)]
  ) throws -> Int {
    try service.send("GET", "/v1/algorithms", fields: fields).status
  }

  @Test func proxiesThatAreTrustedNameTheClient() throws {
    let folder = try TemporaryFolder()
    let rate = ["--limits-address-rate", "0.001", "--limits-address-burst", "1"]
    let service = try RunningService(
      data: folder.path + "/trusting",
      rate + ["--server-trusted-proxies", "10.0.0.0/8,127.0.0.1", "--log-format", "json"])
    let listed = "X-Forwarded-For"
    #expect(try status(service, [(listed, "203.0.113.1")]) == 200)
    #expect(try status(service, [(listed, "6.6.6.6, 203.0.113.1, 10.1.1.1")]) == 429)
    #expect(try status(service, [("Forwarded", "for=203.0.113.2")]) == 200)
    let answer = try service.send(
      "GET", "/v1/algorithms", fields: [("Forwarded", "for=\"203.0.113.2:99\"")])
    #expect(answer.status == 429)
    #expect(answer["Retry-After"] == "1000")
    #expect(answer["RateLimit"] == "\"address\";r=0;t=1000")
    #expect(answer["Content-Type"] == "application/problem+json")
    #expect(try service.send("GET", "/livez", fields: [(listed, "203.0.113.1")]).status == 200)
    service.process.send(SIGTERM)
    #expect(service.process.wait() == 0)
    #expect(service.process.errors.contains("\"remote\":\"203.0.113.1\""))

    let strict = try RunningService(data: folder.path + "/strict", rate)
    #expect(try status(strict, [(listed, "203.0.113.1")]) == 200)
    #expect(try status(strict, [(listed, "203.0.113.2")]) == 429)
  }

  @Test func aListOfProxiesThatIsUnreadableStopsTheStart() throws {
    let folder = try TemporaryFolder()
    let run = try Program.run([
      "serve", "--port", "0", "--storage-path", folder.path + "/data",
      "--server-trusted-proxies", "10.0.0.0/99",
    ])
    #expect(run.status == 78)
    #expect(run.errors.contains("10.0.0.0/99"))
  }

  @Test func keysOfOtherProcessesHoldWithoutASignal() throws {
    let folder = try TemporaryFolder()
    let data = folder.path + "/data"
    func keys(_ words: String...) throws -> String {
      let run = try Program.run(["keys"] + words + ["--storage-path", data])
      #expect(run.status == 0, "\(run.errors)")
      return String(run.output.dropLast())
    }
    let admin = try keys("create", "--name", "root", "--scope", "admin")
    let service = try RunningService(data: data, ["--auth-poll", "100ms"])
    func status(_ key: String) throws -> Int {
      try service.send("GET", "/v1/jobs", fields: [("Authorization", "Bearer \(key)")]).status
    }
    /// Asks until the answer is this, for ten seconds at most.
    func becomes(_ expected: Int, _ key: String) throws -> Bool {
      for _ in 0..<200 {
        if try status(key) == expected { return true }
        poll(nil, 0, 50)
      }
      return false
    }
    #expect(try status(admin) == 200)
    #expect(try service.send("GET", "/v1/jobs").status == 401)
    let reader = try keys("create", "--name", "reader", "--scope", "read")
    #expect(try becomes(200, reader))
    let id = String(reader.split(separator: "_")[1])
    #expect(try keys("revoke", id) == "removed \(id)")
    #expect(try becomes(401, reader))
    #expect(try status(admin) == 200)
    #expect(!service.process.errors.contains(String(admin.split(separator: "_")[2])))
  }

  @Test func openEventStreamsDoNotHoldTheEndUp() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(
      data: folder.path + "/data", ["--drain-timeout", "1h", "--limits-keep-alive-idle", "1h"])
    let answer = try service.send(
      "POST", "/v1/algorithms/dualize/execution", fields: [("Content-Type", "application/json")],
      body: .bytes(Array(#"{"inputs":{"gradient":[[1,2],[3,4]]}}"#.utf8)))
    #expect(answer.status == 200)
    let streams = try (0..<3).map { _ in
      let stream = try RawConnection(port: service.port)
      try stream.send("GET /v1/events HTTP/1.1\r\nHost: a\r\n\r\n")
      try stream.wait(for: "retry: 2000")
      return stream
    }
    let polling = try RawConnection(port: service.port)
    let job = try #require(answer["X-Job-Id"])
    let document = try service.send("GET", "/v1/jobs/\(job)")
    try polling.send(
      "GET /v1/jobs/\(job) HTTP/1.1\r\nHost: a\r\nPrefer: wait=30\r\n"
        + "If-None-Match: \(document["ETag"] ?? "")\r\n\r\n")
    service.process.send(SIGTERM)
    // The drain's time limit is an hour: nothing but the end of the streams ends the process.
    #expect(service.process.wait() == 0)
    for stream in streams { #expect(try stream.rest().hasSuffix("0\r\n\r\n")) }
  }
}
