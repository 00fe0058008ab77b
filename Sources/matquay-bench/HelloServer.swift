import ArgumentParser
import Dispatch
import HTTP
import HTTPServer
import HTTPTypes
import Logging

/// The server room alone with one small JSON route: what the peers are compared with.
///
/// `/hello` goes to a request thread and back, as everything does that decodes or asks the store;
/// `/loop` is answered on the loop, as health is.
struct HelloServer: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hello-server",
    abstract: "Serve one small JSON route; started by the server benchmark.", shouldDisplay: false)

  @Option var port = 0

  func run() throws {
    let server = Server(
      configuration: ServerConfiguration(addresses: [.tcp(host: "127.0.0.1", port: port)]),
      handler: HelloHandler(), logger: Logger(label: "hello") { _ in SwiftLogNoOpLogHandler() })
    let bound = try server.start()
    if let first = bound.first {
      print("listening on \(first)")
      FileText.flush()
    }
    DispatchSemaphore(value: 0).wait()
  }
}

private struct HelloHandler: RequestHandler {
  private static let body = Array(#"{"message":"hello","id":12345,"ok":true}"#.utf8)

  private static func answer() -> Response {
    var response = Response(status: .ok, body: .bytes(body))
    response.fields[.contentType] = "application/json"
    return response
  }

  func begin(_ head: RequestHead, from peer: Peer) -> Disposition {
    switch head.path {
    case "/hello": .collect(limit: 65_536) { _, responder in responder.respond(Self.answer()) }
    case "/loop": .respond(Self.answer())
    default: .respond(Response(status: .notFound, body: .none))
    }
  }
}
