import Glibc
import HTTP
import HTTPServer
import Testing

/// Listening, draining and stopping.
@Suite struct LifeTests {
  @Test func listensOnIPv6AndUnixSocketsAndAdminAddresses() throws {
    let path = "/tmp/matquay-http-\(getpid()).sock"
    let server = try FixedServer(
      FixedHandler(TestHandler.text("main")), admin: FixedHandler(TestHandler.text("admin"))
    ) {
      $0.addresses = [
        .tcp(host: "127.0.0.1", port: 0), .tcp(host: "::1", port: 0), .unix(path: path),
      ]
      $0.adminAddresses = [.tcp(host: "127.0.0.1", port: 0)]
    }
    #expect(server.addresses.count == 4)
    #expect(server.addresses[0].description.hasPrefix("http://127.0.0.1:"))
    #expect(server.addresses[1].description.hasPrefix("http://[::1]:"))
    #expect(server.addresses[2].description == "unix:\(path)")
    #expect(server.addresses[3].isAdmin)
    for address in server.addresses {
      let client = try TestClient(address)
      try client.send(request("GET /"))
      #expect(try client.answer().text == (address.isAdmin ? "admin" : "main"))
    }
  }

  @Test func sharesAPortBetweenLoops() throws {
    let server = try TestServer { $0.ioLoops = 2 }
    for _ in 0..<20 {
      #expect(try server.exchange(request("POST /echo", body: "x")).text == "x")
    }
  }

  @Test func saysWhyItCannotListen() throws {
    let server = try TestServer()
    let taken = ListenAddress.tcp(host: "127.0.0.1", port: server.address.port)
    #expect(throws: ServerError.self) { try TestServer { $0.addresses = [taken] } }
    #expect(throws: ServerError.unresolvableHost("no.such.host.invalid")) {
      try TestServer { $0.addresses = [.tcp(host: "no.such.host.invalid", port: 0)] }
    }
    let long = String(repeating: "x", count: 108)
    #expect(throws: ServerError.unusablePath(long)) {
      try TestServer { $0.addresses = [.unix(path: long)] }
    }
    #expect(throws: ServerError.alreadyStarted) { try server.server.start() }
  }

  @Test func drainsIdleConnectionsAtOnce() async throws {
    let server = try TestServer()
    let client = try server.client()
    try client.send(request("GET /loop"))
    #expect(try client.answer().status == 200)
    await server.server.drain(timeout: .seconds(60))
    #expect(try client.rest().isEmpty)
    #expect(throws: TestClient.Failure.self) { try server.client() }
  }

  @Test func finishesWhatRunsBeforeItEnds() async throws {
    let server = try TestServer()
    let client = try server.client()
    try client.send(request("POST /held", body: "x"))
    let responder = await server.handler.held.wait()
    server.server.beginDrain(timeout: .seconds(60))
    // The listener closes first.
    #expect(eventually { (try? server.client()) == nil })
    responder.respond(TestHandler.text("done"))
    let answer = try client.answer()
    #expect(answer.text == "done")
    #expect(answer.fields["connection"] == "close")
    await server.server.ended()
    #expect(server.server.statistics.openConnections == 0)
  }

  @Test func closesAConnectionWhoseAnswerEndsInADrain() async throws {
    let server = try TestServer()
    let client = try server.client()
    try client.send(request("GET /stream"))
    let first = await server.handler.writer.wait()
    first.write(Array("one".utf8))
    #expect(try client.head().status == 200)
    server.server.beginDrain(timeout: .seconds(600))
    first.finish()
    #expect(try client.rest() == Array("3\r\none\r\n0\r\n\r\n".utf8))
    await server.server.ended()
  }

  @Test func answersWhatWasPipelinedBehindAnAnswerThatEndsInADrain() async throws {
    let server = try TestServer()
    let client = try server.client()
    try client.send(request("GET /stream") + request("GET /loop"))
    let writer = await server.handler.writer.wait()
    let expected = (request("GET /stream") + request("GET /loop")).utf8.count
    #expect(eventually { server.server.statistics.bytesReceived == expected })
    // The loop has done with those bytes once it answers somebody else.
    #expect(try server.exchange(request("GET /loop")).status == 200)
    server.server.beginDrain(timeout: .seconds(600))
    writer.finish()
    #expect(try client.answer().status == 200)
    let second = try client.answer()
    #expect(second.text == "loop")
    #expect(second.fields["connection"] == "close")
    #expect(try client.rest().isEmpty)
    await server.server.ended()
  }

  @Test func endsAtOnceOnASecondDrainAndAtItsTimeLimit() async throws {
    for isSecondCall in [true, false] {
      let server = try TestServer()
      let client = try server.client()
      try client.send(request("POST /held", body: "x"))
      let responder = await server.handler.held.wait()
      let limit = Duration.milliseconds(isSecondCall ? 600_000 : 50)
      server.server.beginDrain(timeout: limit)
      if isSecondCall { server.server.beginDrain(timeout: limit) }
      await server.server.ended()
      #expect(await server.handler.disconnected.wait())
      #expect(try client.rest().isEmpty)
      responder.respond(TestHandler.text("too late"))
    }
  }
}
