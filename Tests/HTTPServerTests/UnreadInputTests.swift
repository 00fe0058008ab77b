import Glibc
import HTTPServer
import TestSupport
import Testing

/// epoll tells of what comes to a connection once. What a read has left in the socket, because the
/// client was to wait or there was more of it than one read takes, must be found all the same.
@Suite struct UnreadInputTests {
  /// A server whose loop stands still until the threshold is opened, and a client of it.
  ///
  /// Over a UNIX socket everything that fits has arrived when `send` returns: nothing that comes
  /// later reminds the server of it.
  private func standingStill(
    _ threshold: Threshold, overUnixSocket: Bool
  ) async throws -> (server: FixedServer, holder: TestClient, client: TestClient) {
    let path = "/tmp/matquay-unread-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    let server = try FixedServer(ThresholdHandler(threshold, then: Gate())) {
      if overUnixSocket { $0.addresses.append(.unix(path: path)) }
    }
    let client = try TestClient(server.addresses[overUnixSocket ? 1 : 0])
    // The connection is watched before anything comes that counts.
    try client.send(request("GET /short"))
    #expect(try client.answer().text == "short")
    let holder = try TestClient(server.address)
    try holder.send(request("GET /threshold"))
    _ = await threshold.reached.wait()
    return (server, holder, client)
  }

  @Test(arguments: [false, true])
  func requestsBeyondOneReadAreAnswered(overUnixSocket: Bool) async throws {
    let threshold = Threshold()
    let (server, holder, client) = try await standingStill(
      threshold, overUnixSocket: overUnixSocket)
    let text = request("GET /short")
    // A read takes 64 KB.
    let count = 100_000 / text.utf8.count
    try client.send(String(repeating: text, count: count))
    threshold.open()
    for _ in 0..<count { #expect(try client.answer().text == "short") }
    #expect(try holder.answer().text == "threshold")
    server.server.stop()
  }

  @Test(arguments: [false, true])
  func anEndThatCameWithTheRequestIsSeen(overUnixSocket: Bool) async throws {
    let threshold = Threshold()
    let (server, holder, client) = try await standingStill(
      threshold, overUnixSocket: overUnixSocket)
    try client.send(request("GET /short"))
    client.finish()
    threshold.open()
    #expect(try client.answer().text == "short")
    #expect(try client.rest().isEmpty)
    #expect(try holder.answer().text == "threshold")
    server.server.stop()
  }

  /// The hang-up is reported while a closure has the request before; its end is read much later.
  @Test(arguments: ["GET /now HTTP/1.1\r\nHost: a\r\n\r\n", "GET /no"])
  func anEndThatCameWhileAnotherIsAnsweredIsSeen(text: String) async throws {
    let gate = Gate()
    let server = try FixedServer(ThresholdHandler(Threshold(), then: gate))
    let client = try TestClient(server.address)
    try client.send(request("GET /held"))
    _ = await gate.entered.wait()
    try client.send(text)
    client.finish()
    // Where the loop has answered another, it has heard of the hang-up.
    let other = try TestClient(server.address)
    try other.send(request("GET /now"))
    #expect(try other.answer().text == "now")
    gate.open()
    #expect(try client.answer().text == "passed")
    if text.utf8.last == 0x0A { #expect(try client.answer().text == "now") }
    #expect(try client.rest().isEmpty)
  }

  @Test(arguments: [false, true])
  func requestsThatCameWhileAnotherIsAnsweredAreNotLost(overUnixSocket: Bool) async throws {
    let path = "/tmp/matquay-unread-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    let gate = Gate()
    let server = try FixedServer(gate) {
      if overUnixSocket { $0.addresses.append(.unix(path: path)) }
    }
    let client = try TestClient(server.addresses[overUnixSocket ? 1 : 0])
    try client.send(request("GET /held"))
    _ = await gate.entered.wait()
    for _ in 0..<3 { try client.send(request("GET /held")) }
    gate.open()
    for _ in 0..<4 { #expect(try client.answer().text == "passed") }
  }
}
