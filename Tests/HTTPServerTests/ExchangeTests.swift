import Glibc
import HTTP
import HTTPServer
import HTTPTypes
import Testing

/// What goes over a real socket and comes back.
@Suite struct ExchangeTests {
  @Test func answersOnTheLoopAndFromARequestThread() throws {
    let server = try TestServer()
    let client = try server.client()
    for _ in 0..<3 {
      try client.send(request("GET /loop"))
      let onLoop = try client.answer()
      #expect(onLoop.status == 200)
      #expect(onLoop.text == "loop")
      #expect(onLoop.fields["date"]?.hasSuffix(" GMT") == true)
      try client.send(request("POST /echo", body: "hello"))
      #expect(try client.answer().text == "hello")
    }
  }

  @Test func answersPipelinedRequestsInOrder() throws {
    let server = try TestServer()
    let client = try server.client()
    let bodies = (0..<50).map { "body \($0)" }
    try client.send(
      bodies.map { request("POST /echo", body: $0) + request("GET /loop") }.joined())
    for body in bodies {
      #expect(try client.answer().text == body)
      #expect(try client.answer().text == "loop")
    }
  }

  @Test func readsChunkedAndLargeBodies() throws {
    let server = try TestServer()
    let client = try server.client()
    try client.send(request("POST /echo", ["Transfer-Encoding: chunked"]))
    for piece in ["4\r\nwiki\r", "\n5\r\npedia\r\n0", "\r\n\r\n"] { try client.send(piece) }
    #expect(try client.answer().text == "wikipedia")
    let large = [UInt8]((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 7) })
    try client.send(request("POST /echo", ["Content-Length: \(large.count)"]))
    let sender = large
    try client.send(Array(sender[..<1_000_000]))
    try client.send(Array(sender[1_000_000...]))
    #expect(try client.answer().body == large)
  }

  @Test func asksForTheBodyWhereTheClientWaits() throws {
    let server = try TestServer()
    let client = try server.client()
    let fields = ["Content-Length: 2", "Expect: 100-continue"]
    try client.send(request("POST /small", fields))
    #expect(try client.answer().status == 100)
    try client.send("{}")
    #expect(try client.answer().text == "2")
    try client.send(request("POST /small", ["Content-Length: 11", "Expect: 100-continue"]))
    #expect(try client.answer().status == 413)
    #expect(try client.rest().isEmpty)
  }

  @Test func leavesOutTheBodyForHead() throws {
    let server = try TestServer()
    let client = try server.client()
    try client.send(request("HEAD /loop") + request("GET /loop"))
    let head = try client.answer(toHead: true)
    #expect(head.fields["content-length"] == "4")
    #expect(try client.answer().text == "loop")
  }

  @Test func leavesOutTheBodyOfARefusedHead() throws {
    let server = try TestServer()
    for text in ["HEAD / HTTP/1.1\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: a\r\nX: \u{1}\r\n\r\n"] {
      let client = try server.client()
      try client.send(text)
      let refusal = String(decoding: try client.rest(), as: UTF8.self)
      #expect(refusal.hasPrefix("HTTP/1.1 400 ") && refusal.hasSuffix("\r\n\r\n"), "\(refusal)")
    }
  }

  /// Some clients name a coding with every request.
  @Test(arguments: ["gzip", "br"])
  func whatIsNotThereNeedsNoDecoding(_ coding: String) throws {
    let server = try TestServer()
    let field = "Content-Encoding: \(coding)"
    #expect(try server.exchange(request("GET /count", [field])).text == "0 0")
    let empty = request("POST /count", [field, "Content-Length: 0"])
    #expect(try server.exchange(empty).text == "0 0")
    let chunked = request("POST /count", [field, "Transfer-Encoding: chunked"]) + "0\r\n\r\n"
    #expect(try server.exchange(chunked).status == (coding == "gzip" ? 200 : 415))
  }

  @Test func showsTheRefusalBeforeItCloses() throws {
    let server = try TestServer()
    let client = try server.client()
    // Far more than the socket holds: without the bounded drain the client would see a reset.
    try client.send(request("POST /small", ["Content-Length: 200000"]))
    try client.send([UInt8](repeating: 0x78, count: 200_000))
    let answer = try client.answer()
    #expect(answer.status == 413)
    #expect(answer.fields["connection"] == "close")
    #expect(try client.rest().isEmpty)
  }

  @Test func sendsAFilesPartWithoutItsRest() throws {
    let path = "/tmp/matquay-http-test-\(getpid())"
    let bytes = [UInt8]((0..<700_000).map { UInt8(truncatingIfNeeded: $0) })
    let file = fopen(path, "w")
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
    defer { unlink(path) }
    let region = FileRegion(try OpenFile(path: path), offset: 10, count: 600_000)
    let handler = FixedHandler(Response(status: .ok, body: .file(region)))
    let server = try FixedServer(handler)
    let client = try TestClient(server.address)
    try client.send(request("GET /") + request("HEAD /") + request("GET /"))
    #expect(try client.answer().body == Array(bytes[10..<600_010]))
    #expect(try client.answer(toHead: true).fields["content-length"] == "600000")
    #expect(try client.answer().body == Array(bytes[10..<600_010]))
  }

  @Test(arguments: [0, 600_000]) func sendsBytesBeforeAFilesPart(count: Int) throws {
    let path = "/tmp/matquay-http-prefix-\(getpid())-\(count)"
    let bytes = [UInt8]((0..<700_000).map { UInt8(truncatingIfNeeded: $0 / 3) })
    let file = fopen(path, "w")
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
    defer { unlink(path) }
    let region = FileRegion(try OpenFile(path: path), offset: 10, count: count)
    let handler = FixedHandler(Response(status: .ok, body: .prefixed([1, 2, 3], region)))
    let server = try FixedServer(handler)
    let client = try TestClient(server.address)
    try client.send(request("GET /") + request("HEAD /") + request("GET /"))
    let expected = [1, 2, 3] + bytes[10..<count + 10]
    #expect(try client.answer().body == expected)
    #expect(try client.answer(toHead: true).fields["content-length"] == "\(count + 3)")
    #expect(try client.answer().body == expected)
  }

  @Test func streamsWithBackPressure() async throws {
    let server = try TestServer()
    let client = try TestClient(server.address, receiveBuffer: 4_096)
    try client.send(request("GET /stream"))
    let writer = await server.handler.writer.wait()
    var written = 0
    let piece = [UInt8](repeating: 0x61, count: 65_536)
    // The client reads nothing: sooner or later the stream is full.
    while writer.write(piece) == .open, written < 1_000 { written += 1 }
    #expect(written < 1_000)
    let total = (written + 1) * piece.count
    let roomy = Signal<Bool>()
    writer.onReady { roomy.send(true) }
    let answer = try client.head()
    #expect(answer.fields["transfer-encoding"] == "chunked")
    var received = 0
    while received < total {
      let count = try #require(Int(try client.line(), radix: 16))
      received += try client.read(count).count
      _ = try client.line()
    }
    #expect(await roomy.wait())
    writer.finish()
    #expect(try client.line() == "0")
    #expect(writer.write([1]) == .closed)
  }

  @Test func endsAStreamWhenItsClientLeaves() async throws {
    let server = try TestServer()
    var client: TestClient? = try server.client()
    try client?.send(request("GET /stream"))
    let writer = await server.handler.writer.wait()
    #expect(writer.write([1]) == .open)
    client = nil
    #expect(await server.handler.streamClosed.wait())
    #expect(writer.write([1]) == .closed)
  }

  @Test func endsAStreamWithTheConnectionInVersion10() async throws {
    let server = try TestServer()
    let client = try server.client()
    try client.send("GET /stream HTTP/1.0\r\n\r\n")
    let writer = await server.handler.writer.wait()
    writer.write(Array("abc".utf8))
    writer.finish()
    let answer = try client.answer()
    #expect(answer.text == "abc")
    #expect(answer.fields["transfer-encoding"] == nil)
  }

  @Test func tellsAHandlerThatItsClientLeft() async throws {
    let server = try TestServer()
    var client: TestClient? = try server.client()
    try client?.send(request("POST /held", body: "x"))
    let responder = await server.handler.held.wait()
    client = nil
    #expect(await server.handler.disconnected.wait())
    responder.respond(TestHandler.text("too late"))
    #expect(try server.exchange(request("GET /loop")).text == "loop")
  }

  @Test func stillAnswersAClientThatOnlyEndedItsSide() async throws {
    let server = try TestServer()
    let client = try server.client()
    try client.send(request("POST /held", body: "x"))
    client.finish()
    let responder = await server.handler.held.wait()
    #expect(await server.handler.disconnected.wait())
    responder.respond(TestHandler.text("done"))
    #expect(try client.answer().text == "done")
    #expect(try client.rest().isEmpty)
  }

  @Test func answers500WhereAHandlerForgets() throws {
    let server = try TestServer()
    #expect(try server.exchange(request("POST /drop", body: "x")).status == 500)
  }

  @Test func reportsEachFinishedExchange() async throws {
    let server = try TestServer()
    _ = try server.exchange(request("POST /echo?secret=1", body: "12345"))
    let exchange = await server.handler.finishedExchange.wait()
    #expect(exchange.head?.path == "/echo")
    #expect(exchange.status == .ok)
    #expect(exchange.receivedBytes == 5)
    #expect(exchange.sentBytes == 5)
    #expect(exchange.isComplete)
    #expect(exchange.peer.address == "127.0.0.1")
  }
}
