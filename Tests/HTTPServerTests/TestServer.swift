import CSystem
import Glibc
import HTTP
import HTTPServer
import HTTPTypes
import Logging
import Synchronization

/// A server on a free loopback port for one test, with a handler of many small routes.
final class TestServer: Sendable {
  let server: Server
  let address: BoundAddress
  let handler: TestHandler

  init(_ configure: (inout ServerConfiguration) -> Void = { _ in }) throws {
    var configuration = ServerConfiguration(addresses: [.tcp(host: "127.0.0.1", port: 0)])
    configure(&configuration)
    handler = TestHandler()
    server = Server(
      configuration: configuration, handler: handler,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    address = try server.start()[0]
  }

  deinit { server.stop() }

  func client() throws -> TestClient { try TestClient(address) }

  /// One exchange on a connection of its own.
  func exchange(_ text: String, answers: Int = 1) throws -> TestClient.Answer {
    let client = try client()
    try client.send(text)
    return try client.answer()
  }
}

/// Waits for something another thread does; bounded, and no sleeping in between.
final class Signal<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)
  private let waiters = Mutex<[CheckedContinuation<Value, Never>]>([])

  func send(_ new: Value) {
    value.withLock { $0 = new }
    for waiter in waiters.withLock({ waiters in
      defer { waiters = [] }
      return waiters
    }) { waiter.resume(returning: new) }
  }

  func wait() async -> Value {
    await withCheckedContinuation { continuation in
      waiters.withLock { $0.append(continuation) }
      if let ready = value.withLock({ $0 }) { send(ready) }
    }
  }
}

/// Routes that the tests drive.
final class TestHandler: RequestHandler {
  /// Responders of `/held`, in order of arrival.
  let held = Signal<any Responder>()
  let disconnected = Signal<Bool>()
  let finishedExchange = Signal<FinishedExchange>()
  let streamClosed = Signal<Bool>()
  let writer = Signal<any BodyWriter>()

  func begin(_ head: RequestHead, from peer: Peer) -> Disposition {
    switch head.path {
    case "/loop": return .respond(Self.text("loop"))
    case "/peer":
      return .respond(Self.text(([peer.address] + peer.certificateNames).joined(separator: ",")))
    case "/echo":
      return .collect(limit: .max) { request, responder in
        responder.respond(Response(status: .ok, body: .shared(request.body)))
      }
    case "/small":
      return .collect(limit: 10) { request, responder in
        responder.respond(Self.text("\(request.body.count)"))
      }
    case "/count":
      return .collect(limit: .max) { request, responder in
        responder.respond(Self.text("\(request.body.count) \(request.receivedByteCount)"))
      }
    case "/held":
      return .collect(limit: 100) { [self] _, responder in
        responder.onDisconnect { [self] in disconnected.send(true) }
        held.send(responder)
      }
    case "/drop": return .collect(limit: 100) { _, _ in }
    case "/coded":
      var response = Self.text(
        String(repeating: "compressible ", count: Int(head.query ?? "") ?? 1))
      response.isCompressible = true
      response.fields[.eTag] = "\"t\""
      return .respond(response)
    case "/stream":
      return .respond(
        Response(
          status: .ok,
          body: .stream(
            BodyStream { [self] writer in
              writer.onClose { [self] in streamClosed.send(true) }
              self.writer.send(writer)
            })))
    default: return .respond(Response(status: .notFound))
    }
  }

  func finished(_ exchange: FinishedExchange) { finishedExchange.send(exchange) }

  static func text(_ text: String) -> Response {
    Response(status: .ok, fields: [.contentType: "text/plain"], body: .bytes(Array(text.utf8)))
  }
}

/// Looks every two milliseconds, for ten seconds at most, whether `condition` has come true: for
/// figures that nothing announces.
func eventually(_ condition: () -> Bool) -> Bool {
  for _ in 0..<5_000 {
    if condition() { return true }
    poll(nil, 0, 2)
  }
  return condition()
}
