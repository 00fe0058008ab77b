import Glibc
import HTTPClient
import Testing

/// The settings of `limits` in the running program, each at its bound and one past it.
@Suite(.enabled(if: Program.isBuilt, "\(Program.absent)"), .timeLimit(.minutes(2)))
struct LimitSettingTests {
  private func post(_ fields: [String], _ body: String) -> String {
    (["POST /v1/algorithms/dualize/validate HTTP/1.1", "Host: a"] + fields)
      .joined(separator: "\r\n") + "\r\n\r\n" + body
  }

  private func get(_ line: String, _ fields: [String] = []) -> String {
    (["GET \(line) HTTP/1.1", "Host: a"] + fields).joined(separator: "\r\n") + "\r\n\r\n"
  }

  private func chunked(_ body: String) -> String { post(["Transfer-Encoding: chunked"], body) }

  @Test func boundsOfMessagesAreSettings() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(
      data: folder.path + "/data",
      [
        "--limits-request-line", "100", "--limits-head", "400", "--limits-fields", "5",
        "--limits-body", "1KB", "--limits-trailers", "6", "--limits-chunk-extension", "4",
        "--limits-chunk-extensions", "6", "--limits-requests-per-connection", "2",
      ])
    func status(_ text: String) throws -> Int? {
      let connection = try RawConnection(port: service.port)
      try connection.send(text)
      return try connection.status()
    }
    let path = "/" + String(repeating: "a", count: 86)
    #expect(try status(get(path)) == 404)
    #expect(try status(get(path + "a")) == 414)
    // "GET /livez HTTP/1.1", "Host: a" and the ends of lines are 37 bytes with "X: ".
    let value = String(repeating: "v", count: 363)
    #expect(try status(get("/livez", ["X: " + value])) == 200)
    #expect(try status(get("/livez", ["X: " + value + "v"])) == 431)
    #expect(try status(get("/livez", Array(repeating: "X: y", count: 4))) == 200)
    #expect(try status(get("/livez", Array(repeating: "X: y", count: 5))) == 431)
    let blanks = String(repeating: " ", count: 1_024)
    #expect(try status(post(["Content-Length: 1024"], blanks)) == 415)
    #expect(try status(post(["Content-Length: 1025"], "")) == 413)
    #expect(try status(chunked("400\r\n\(blanks)\r\n0\r\n\r\n")) == 415)
    #expect(try status(chunked("401\r\n")) == 413)
    #expect(try status(chunked("1;abcd\r\nx\r\n0\r\n\r\n")) == 415)
    #expect(try status(chunked("1;abcde\r\nx\r\n0\r\n\r\n")) == 431)
    #expect(try status(chunked("1;abc\r\nx\r\n1;abc\r\nx\r\n0\r\n\r\n")) == 415)
    #expect(try status(chunked("1;abc\r\nx\r\n1;abcd\r\nx\r\n0\r\n\r\n")) == 431)
    #expect(try status(chunked("1\r\nx\r\n0\r\nA: b\r\n\r\n")) == 415)
    #expect(try status(chunked("1\r\nx\r\n0\r\nA: bc\r\n\r\n")) == 431)
    let patient = try RawConnection(port: service.port)
    try patient.send(get("/livez") + get("/livez") + get("/livez"))
    #expect(try patient.status() == 200)
    #expect(try patient.status() == 200)
    #expect(try patient.status() == nil)
  }

  @Test func timeLimitsAreSettings() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(
      data: folder.path + "/data",
      [
        "--limits-head-time", "150ms", "--limits-body-idle", "150ms", "--limits-keep-alive-idle",
        "150ms", "--limits-write-stall", "150ms",
      ])
    let head = try RawConnection(port: service.port)
    try head.send("GET /livez HTTP/1.1\r\nHost:")
    let body = try RawConnection(port: service.port)
    try body.send(post(["Content-Length: 10"], "{"))
    let idle = try RawConnection(port: service.port)
    try idle.send(get("/livez"))
    let silent = try RawConnection(port: service.port)
    #expect(try head.status() == 408)
    #expect(try head.status() == nil)
    #expect(try body.status() == 408)
    #expect(try idle.status() == 200)
    #expect(try idle.status() == nil)
    #expect(try silent.status() == nil)
    // More answers than the sockets hold, and nobody reads them.
    let deaf = try RawConnection(port: service.port)
    try deaf.send(String(repeating: get("/openapi.json"), count: 60))
    var cut = ""
    for _ in 0..<1_000 where !cut.contains("http_timeouts_total 3") {
      cut = try service.send("GET", "/metrics").text
      poll(nil, 0, 10)
    }
    #expect(cut.contains("http_timeouts_total 3"))
  }

  @Test func theAverageRateOfABodyIsASetting() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(
      data: folder.path + "/data",
      ["--limits-body-idle", "300ms", "--limits-body-rate", "1MB"])
    let slow = try RawConnection(port: service.port)
    try slow.send(post(["Content-Length: 1000000"], ""))
    // A byte now and then is progress, and far below the rate.
    var isCut = false
    for _ in 0..<200 where !isCut {
      isCut = (try? slow.send(" ")) == nil
      poll(nil, 0, 20)
      var state = pollfd(fd: slow.descriptor, events: Int16(POLLIN), revents: 0)
      isCut = isCut || poll(&state, 1, 0) == 1
    }
    #expect(try slow.status() == 408)
  }

  @Test func connectionsWaitAtTheirBoundAndTheAdminAddressDoesNot() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(
      data: folder.path + "/data", ["--limits-connections", "2", "--admin-port", "0"])
    let admin = try #require(service.adminURL)
    var full = try (0..<2).map { _ in try RawConnection(port: service.port) }
    for one in full {
      try one.send(get("/livez"))
      #expect(try one.status() == 200)
    }
    let waiting = try RawConnection(port: service.port)
    try waiting.send(get("/livez"))
    #expect(try service.client.send(ClientRequest("GET", admin + "/readyz")).status == 200)
    var isWaiting = pollfd(fd: waiting.descriptor, events: Int16(POLLIN), revents: 0)
    #expect(poll(&isWaiting, 1, 0) == 0)
    full.removeFirst()
    #expect(try waiting.status() == 200)
  }

  @Test func oneAddressHasItsConnections() throws {
    let folder = try TemporaryFolder()
    let service = try RunningService(
      data: folder.path + "/data", ["--limits-connections-per-address", "2"])
    let two = try (0..<2).map { _ in try RawConnection(port: service.port) }
    for one in two {
      try one.send(get("/livez"))
      #expect(try one.status() == 200)
    }
    #expect(try RawConnection(port: service.port).rest() == "")
    withExtendedLifetime(two) {}
  }

  /// The process is given so few descriptors that they run out before any bound is reached.
  @Test func survivesTheEndOfItsDescriptors() throws {
    let folder = try TemporaryFolder()
    let first = try RunningService(data: folder.path + "/first")
    _ = try first.send("GET", "/livez")
    // Sixteen are never given to connections; about eight are left for them.
    let few = try first.process.descriptors() + 24
    first.process.send(SIGTERM)
    _ = first.process.wait()
    let program = try #require(Program.path)
    let service = try RunningService(
      command: ["sh", "-c", "ulimit -n \(few) && exec \"$0\" \"$@\"", program],
      data: folder.path + "/data", ["--limits-head-time", "1h", "--limits-keep-alive-idle", "1h"])
    var held: [RawConnection] = []
    // Some are taken, some wait in the kernel, some are closed at once.
    for _ in 0..<40 {
      let one = try RawConnection(port: service.port)
      try one.send("GET /livez HTTP/1.1\r\nHost: a\r\n")
      held.append(one)
    }
    for _ in 0..<1_000 where !service.process.errors.contains("no descriptors left") {
      poll(nil, 0, 10)
    }
    #expect(service.process.errors.contains("no descriptors left"))
    let before = service.process.processorTicks()
    poll(nil, 0, 500)
    // It does not spin: half a second of spinning would be 50 ticks.
    #expect(service.process.processorTicks() - before < 15)
    // Those that were taken are still there.
    try held[0].send("\r\n")
    #expect(try held[0].status() == 200)
    held = []
    var status: Int?
    for _ in 0..<1_000 where status != 200 {
      let one = try RawConnection(port: service.port)
      try one.send(get("/livez"))
      status = try one.status()
    }
    #expect(status == 200)
  }
}
