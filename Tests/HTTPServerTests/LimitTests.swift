import Glibc
import HTTP
import HTTPServer
import HTTPTypes
import Testing

/// Each bound of the configuration, at the limit and one past it, and each time limit.
@Suite struct LimitTests {
  @Test func boundsBodiesAsReceived() throws {
    let server = try TestServer { $0.maximumBody = 100 }
    let body = String(repeating: "x", count: 100)
    #expect(try server.exchange(request("POST /echo", body: body)).text == body)
    #expect(try server.exchange(request("POST /echo", body: body + "x")).status == 413)
    let chunked = { (count: Int) in
      request("POST /echo", ["Transfer-Encoding: chunked"])
        + String(count, radix: 16) + "\r\n" + String(repeating: "x", count: count) + "\r\n0\r\n\r\n"
    }
    #expect(try server.exchange(chunked(100)).text == body)
    #expect(try server.exchange(chunked(101)).status == 413)
  }

  @Test func boundsTheMemoryOfBodiesInFlight() throws {
    let server = try TestServer { $0.maximumBodyMemory = 131_072 }
    let half = request("POST /echo", ["Content-Length: 65537"])
    let first = try server.client()
    try first.send(half + String(repeating: "x", count: 65_536))
    // Wait until the first body has been charged.
    #expect(eventually { server.server.statistics.bytesReceived >= 65_536 + half.utf8.count })
    let second = try server.client()
    try second.send(request("POST /echo", ["Content-Length: 131073"]))
    #expect(try second.answer().status == 503)
    try first.send("x")
    #expect(try first.answer().body.count == 65_537)
    let third = try server.exchange(
      request("POST /echo", body: String(repeating: "y", count: 70_000)))
    #expect(third.body.count == 70_000)
  }

  @Test func whatIsOnlyPromisedTakesNoMemoryFromOthers() throws {
    let server = try TestServer { $0.maximumBodyMemory = 4 << 20 }
    let half = request("POST /echo", ["Content-Length: 2000000"])
    let idle = try (0..<20).map { _ in try server.client() }
    // The byte after the head is copied, the one after that read into the body's own memory.
    for (round, text) in [half + "x", "x"].enumerated() {
      for client in idle { try client.send(text) }
      let count = 20 * (half.utf8.count + 1 + round)
      #expect(eventually { server.server.statistics.bytesReceived >= count })
    }
    let body = String(repeating: "y", count: 1_000_000)
    let answer = try server.exchange(request("POST /echo", body: body))
    #expect(answer.status == 200)
    #expect(answer.body.count == 1_000_000)
    #expect(idle.count == 20)
  }

  @Test func answers503WhenTheRequestThreadsAreBusy() async throws {
    let gate = Gate()
    let server = try FixedServer(gate) {
      $0.requestThreads = 1
      $0.requestQueue = 1
      // No thread besides that one.
      $0.shortClosure = 0
    }
    let clients = try (0..<3).map { _ in try TestClient(server.address) }
    try clients[0].send(request("POST /", body: "x"))
    #expect(await gate.entered.wait())
    try clients[1].send(request("POST /", body: "x"))
    try clients[2].send(request("POST /", body: "x"))
    // One of the two that wait found the queue full; which one is the kernel's choice.
    #expect(eventually { server.server.statistics.refusals >= 1 })
    gate.open()
    let statuses = try clients.map { try $0.answer().status }
    #expect(statuses.sorted() == [200, 200, 503])
  }

  @Test func pausesAcceptingAtItsNumberOfConnections() throws {
    let server = try TestServer { $0.maximumConnections = 2 }
    var clients = try (0..<3).map { _ in try server.client() }
    for client in clients { try client.send(request("GET /loop")) }
    #expect(try clients[0].answer().status == 200)
    #expect(try clients[1].answer().status == 200)
    #expect(server.server.statistics.acceptedConnections == 2)
    clients.removeFirst()
    #expect(try clients[1].answer().status == 200)
  }

  @Test func theAdminListenerGoesOnWhereTheOthersPause() throws {
    let server = try FixedServer(
      FixedHandler(TestHandler.text("main")), admin: FixedHandler(TestHandler.text("admin"))
    ) {
      $0.maximumConnections = 1
      $0.adminAddresses = [.tcp(host: "127.0.0.1", port: 0)]
    }
    let admin = server.addresses[1]
    var clients = try (0..<2).map { _ in try TestClient(server.address) }
    for client in clients { try client.send(request("GET /")) }
    #expect(try clients[0].answer().text == "main")
    #expect(eventually { server.server.statistics.acceptPauseCount == 1 })
    let observers = try (0..<3).map { _ in try TestClient(admin) }
    for observer in observers {
      try observer.send(request("GET /"))
      #expect(try observer.answer().text == "admin")
    }
    // The others' place is not taken by those of the admin listener.
    clients.removeFirst()
    #expect(try clients[0].answer().text == "main")
  }

  @Test func boundsTheConnectionsOfTheAdminListener() throws {
    let server = try FixedServer(
      FixedHandler(TestHandler.text("main")), admin: FixedHandler(TestHandler.text("admin"))
    ) { $0.adminAddresses = [.tcp(host: "127.0.0.1", port: 0)] }
    let admin = server.addresses[1]
    let clients = try (0..<64).map { _ in try TestClient(admin) }
    for client in clients {
      try client.send(request("GET /"))
      #expect(try client.answer().text == "admin")
    }
    #expect(try TestClient(admin).rest().isEmpty)
    #expect(eventually { server.server.statistics.connectionsTurnedAway == 1 })
    let other = try TestClient(server.address)
    try other.send(request("GET /"))
    #expect(try other.answer().text == "main")
    withExtendedLifetime(clients) {}
  }

  @Test func countsNoConnectionsOfATrustedProxy() throws {
    let proxies = try TrustedProxies(["127.0.0.0/8"])
    let server = try TestServer {
      $0.maximumConnectionsPerAddress = 1
      $0.trustedProxies = proxies
    }
    let clients = try (0..<3).map { _ in try server.client() }
    for client in clients {
      try client.send(request("GET /loop"))
      #expect(try client.answer().status == 200)
    }
    #expect(server.server.statistics.connectionsTurnedAway == 0)
  }

  @Test func anAddressHasItsShareOfAllLoops() throws {
    let server = try TestServer {
      $0.maximumConnectionsPerAddress = 2
      $0.ioLoops = 3
    }
    let clients = try (0..<12).map { _ in try server.client() }
    // Each is taken or turned away, on whichever loop.
    #expect(eventually { server.server.statistics.connectionsTurnedAway == 10 })
    #expect(server.server.statistics.openConnections == 2)
    withExtendedLifetime(clients) {}
  }

  @Test func whatWasAnsweredArrivesAlsoWhereTheConnectionEnds() throws {
    let server = try TestServer { $0.connection.requests = 3 }
    let client = try server.client()
    try client.send(String(repeating: request("GET /coded?20000"), count: 1_000))
    for _ in 0..<3 { #expect(try client.answer().body.count == 260_000) }
    #expect(try client.rest().isEmpty)
  }

  @Test func boundsTheConnectionsOfOneAddress() throws {
    let server = try TestServer { $0.maximumConnectionsPerAddress = 2 }
    var clients = try (0..<2).map { _ in try server.client() }
    for client in clients {
      try client.send(request("GET /loop"))
      #expect(try client.answer().status == 200)
    }
    let third = try server.client()
    #expect(try third.rest().isEmpty)
    // Counted behind the close that the client saw.
    #expect(eventually { server.server.statistics.connectionsTurnedAway == 1 })
    clients.removeFirst()
    #expect(eventually { server.server.statistics.openConnections <= 1 })
    #expect(try server.exchange(request("GET /loop")).status == 200)
  }

  @Test func cutsSlowHeadsBodiesAndIdleConnections() throws {
    let server = try TestServer {
      $0.connection.headTime = 100
      $0.connection.bodyStall = 100
      $0.connection.idleTime = 100
    }
    let slowHead = try server.client()
    try slowHead.send("GET /loop HTTP/1.1\r\nHost:")
    let slowBody = try server.client()
    try slowBody.send(request("POST /echo", ["Content-Length: 10"]) + "abc")
    let idle = try server.client()
    try idle.send(request("GET /loop"))
    #expect(try slowHead.answer().status == 408)
    #expect(try slowBody.answer().status == 408)
    #expect(try idle.answer().status == 200)
    #expect(try idle.rest().isEmpty)
  }

  @Test func cutsReadersThatTakeNothing() throws {
    let large = BodyBytes([UInt8](repeating: 0x61, count: 32 << 20))
    let server = try FixedServer(FixedHandler(Response(status: .ok, body: .shared(large)))) {
      $0.connection.writeStall = 100
    }
    let client = try TestClient(server.address, receiveBuffer: 4_096)
    try client.send(request("GET /"))
    #expect(eventually { server.server.statistics.openConnections > 0 })
    #expect(eventually { server.server.statistics.openConnections == 0 })
    #expect(server.server.statistics.timeouts == 1)
  }

  @Test func leavesNoDescriptorBehind() throws {
    let server = try TestServer()
    var random = SystemRandomNumberGenerator()
    for round in 0..<2_000 {
      let client = try server.client()
      switch round % 5 {
      case 0: try client.send("GET /loop HTTP/1.1\r\nHo")
      case 1: try client.send(request("POST /echo", ["Content-Length: 9"]) + "abc")
      case 2: try client.send(request("GET /loop") + request("POST /echo", body: "abc"))
      case 3: try client.send("NONSENSE\r\n")
      default: break
      }
      if Bool.random(using: &random) { client.resetOnClose() }
      if round % 7 == 0 { client.finish() }
    }
    #expect(eventually { server.server.statistics.openConnections == 0 })
    #expect(socketsOnPort(server.address.port) == 1)
    #expect(try server.exchange(request("GET /loop")).status == 200)
  }

  /// Descriptors of this process whose own port is `port`: the listener, and server-side ends.
  private func socketsOnPort(_ port: Int) -> Int {
    (0..<Int32(4_096)).count { descriptor in
      var name = sockaddr_in()
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let result = withUnsafeMutablePointer(to: &name) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          getsockname(descriptor, $0, &size)
        }
      }
      return result == 0 && name.sin_family == sa_family_t(AF_INET)
        && UInt16(bigEndian: name.sin_port) == UInt16(port)
    }
  }
}
