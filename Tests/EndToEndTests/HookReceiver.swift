import Dispatch
import HTTP
import HTTPServer
import HTTPTypes
import JSON
import Logging
import Synchronization

/// Somebody's webhook: an https server for localhost that keeps what it is sent and answers with
/// statuses given in advance, the last again and again.
final class HookReceiver: RequestHandler {
  /// One call as it came.
  struct Call: Sendable {
    let path: String
    let contentType: String?
    let id: String
    let timestamp: Int64
    let signature: String
    let body: [UInt8]
  }

  private let statuses: [Int]
  private let kept = Mutex<[Call]>([])
  private let arrived = DispatchSemaphore(value: 0)

  init(statuses: [Int]) { self.statuses = statuses }

  /// A server, not yet started, with the certificate `hook.crt` of the folder.
  func server(in folder: String) throws -> Server {
    try Self.makeCertificate(in: folder)
    var configuration = ServerConfiguration(addresses: [.tcp(host: "127.0.0.1", port: 0)])
    configuration.tls = TLSConfiguration(
      certificateFile: folder + "/hook.crt", keyFile: folder + "/hook.key")
    return Server(
      configuration: configuration, handler: self,
      logger: Logger(label: "hook") { _ in SwiftLogNoOpLogHandler() })
  }

  /// A self-signed certificate for localhost.
  static func makeCertificate(in folder: String) throws {
    let made = try Spawned.run([
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
      "-days", "2", "-subj", "/CN=hook", "-addext", "subjectAltName=DNS:localhost",
      "-keyout", folder + "/hook.key", "-out", folder + "/hook.crt",
    ])
    guard made.status == 0 else { throw EndToEndFailure(made.errors) }
  }

  var calls: [Call] { kept.withLock { $0 } }

  /// Waits for one more call, half a minute at most.
  func waitForCall() throws {
    guard arrived.wait(timeout: .now() + .seconds(30)) == .success else {
      throw EndToEndFailure("the webhook was not called")
    }
  }

  func begin(_ head: RequestHead, from peer: Peer) -> Disposition {
    .collect(limit: 1 << 20) { [self] request, responder in
      let call = Call(
        path: request.head.path, contentType: request.head[.contentType],
        id: Self.field("webhook-id", request.head),
        timestamp: Int64(Self.field("webhook-timestamp", request.head)) ?? 0,
        signature: Self.field("webhook-signature", request.head),
        body: request.body.copied())
      let count = kept.withLock { kept in
        kept.append(call)
        return kept.count
      }
      var response = Response(
        status: HTTPResponse.Status(code: statuses[min(count, statuses.count) - 1]))
      // Where a redirect would lead: nobody is to follow it.
      response.fields[.location] = "/elsewhere"
      responder.respond(response)
      arrived.signal()
    }
  }

  private static func field(_ name: String, _ head: RequestHead) -> String {
    HTTPField.Name(name).flatMap { head[$0] } ?? ""
  }
}
