import ArgumentParser
import Dispatch
import HTTP
import HTTPServer
import HTTPTypes
import Logging

/// The server room alone with a few routes: what the peers are compared with.
///
/// `/hello` is answered by a closure, as everything is that decodes or asks the store: a short one,
/// which goes to a request thread and back only with `--short-closure 0`;
/// `/loop` is answered on the loop, as health is; `/body` collects what is posted and says how much
/// it was; `/file` sends the file of `--file`.
struct HelloServer: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hello-server",
    abstract: "Serve a few small routes; started by the server benchmark.", shouldDisplay: false)

  @Option var port = 0
  @Option var file: String?
  @Option var certificate: String?
  @Option var key: String?
  @Option(help: "Nanoseconds; zero hands every request to a request thread.")
  var shortClosure: Int64?

  func run() throws {
    var configuration = ServerConfiguration(addresses: [.tcp(host: "127.0.0.1", port: port)])
    configuration.connection.requests = .max
    if let shortClosure { configuration.shortClosure = shortClosure }
    if let certificate, let key {
      configuration.tls = TLSConfiguration(certificateFile: certificate, keyFile: key)
    }
    let server = Server(
      configuration: configuration,
      handler: HelloHandler(file: try file.map { FileRegion(try OpenFile(path: $0)) }),
      logger: Logger(label: "hello") { _ in SwiftLogNoOpLogHandler() })
    let bound = try server.start()
    if let first = bound.first {
      print("listening on \(first)")
      FileText.flush()
    }
    DispatchSemaphore(value: 0).wait()
  }
}

private struct HelloHandler: RequestHandler {
  /// As constant as nginx's.
  private static let answer: Response = {
    let body = Array(#"{"message":"hello","id":12345,"ok":true}"#.utf8)
    return Response(status: .ok, fields: [.contentType: "application/json"], body: .bytes(body))
  }()

  let file: FileRegion?

  func begin(_ head: RequestHead, from peer: Peer) -> Disposition {
    switch head.path {
    case "/hello": .collect(limit: 65_536) { _, responder in responder.respond(Self.answer) }
    case "/loop": .respond(Self.answer)
    case "/body":
      .collect(limit: 256 << 20) { request, responder in
        responder.respond(
          Response(status: .ok, body: .bytes(Array("\(request.body.count)".utf8))))
      }
    case "/file":
      .respond(Response(status: .ok, body: file.map { .file($0) } ?? .none))
    default: .respond(Response(status: .notFound, body: .none))
    }
  }
}
