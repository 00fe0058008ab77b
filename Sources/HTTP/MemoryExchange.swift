public import HTTPTypes

/// Drives a handler without sockets: what a test or an in-process caller sends goes through the
/// same head checks and body limits as on the wire, and the answer comes back with its body whole.
///
/// Left to the server, so not done here: content coding, time limits, connection handling.
public final class MemoryExchange: Sendable {
  private let handler: any RequestHandler
  private let peer: Peer

  /// Sends to `handler` as `peer`.
  public init(_ handler: any RequestHandler, peer: Peer = Peer()) {
    self.handler = handler
    self.peer = peer
  }

  /// Sends one request and waits for its answer. A closure that the handler asked to run on a
  /// request thread runs on the calling one.
  public func send(
    _ method: HTTPRequest.Method, _ target: String, fields: HTTPFields = HTTPFields(),
    body: [UInt8] = []
  ) async -> CollectedResponse {
    await start(method, target, fields: fields, body: body).response()
  }

  /// Sends one request and returns at once, for callers that hang up or look at a stream.
  public func start(
    _ method: HTTPRequest.Method, _ target: String, fields: HTTPFields = HTTPFields(),
    body: [UInt8] = []
  ) -> PendingExchange {
    let pending = PendingExchange(isHead: method == .head)
    let length = body.isEmpty && method != .post && method != .put ? nil : body.count
    let head: RequestHead
    do {
      head = try RequestHead(method: method, target: target, fields: fields, contentLength: length)
    } catch {
      pending.respond(handler.refuse(error, nil, from: peer))
      return pending
    }
    pending.note(head, peer, received: body.count, handler)
    switch handler.begin(head, from: peer) {
    case .respond(let response): pending.respond(response)
    case .collect(let limit, _, let run):
      guard body.count <= limit else {
        pending.respond(handler.refuse(.bodyTooLong(limit: limit), head, from: peer))
        return pending
      }
      let responder = MemoryResponder(pending) { [handler, peer] in
        handler.refuse(.unanswered, head, from: peer)
      }
      run(Request(head: head, body: BodyBytes(body), peer: peer), responder)
    }
    return pending
  }
}

/// An answer whose body has been put together.
public struct CollectedResponse: Sendable {
  /// Status sent.
  public let status: HTTPResponse.Status
  /// Fields as the handler gave them, with Content-Length added where it is known.
  public let fields: HTTPFields
  /// The whole body; empty for HEAD, 204 and 304.
  public let body: [UInt8]
  /// The body ended as it should.
  public let isComplete: Bool
  /// The handler asked to close the connection.
  public let closesConnection: Bool

  /// The body as text; replacement characters where it is not UTF-8.
  public var text: String { String(decoding: body, as: UTF8.self) }
}
