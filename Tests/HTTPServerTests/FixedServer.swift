import HTTP
import HTTPServer
import HTTPTypes
import Logging

/// Answers every request the same.
struct FixedHandler: RequestHandler {
  let response: Response

  init(_ response: Response) { self.response = response }

  func begin(_ head: RequestHead, from peer: Peer) -> Disposition { .respond(response) }
}

/// A server around any handler.
final class FixedServer: Sendable {
  let server: Server
  let addresses: [BoundAddress]

  var address: BoundAddress { addresses[0] }

  init(
    _ handler: any RequestHandler, admin: (any RequestHandler)? = nil,
    _ configure: (inout ServerConfiguration) -> Void = { _ in }
  ) throws {
    var configuration = ServerConfiguration(addresses: [.tcp(host: "127.0.0.1", port: 0)])
    configure(&configuration)
    server = Server(
      configuration: configuration, handler: handler, adminHandler: admin,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    addresses = try server.start()
  }

  deinit { server.stop() }
}
