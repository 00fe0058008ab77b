/// Decides what happens to a request and hears how it ended.
public protocol RequestHandler: Sendable {
  /// Called on the loop as soon as a head is complete: touch memory only, and return at once.
  func begin(_ head: RequestHead, from peer: Peer) -> Disposition

  /// The answer to a message refused by the server itself; `head` is nil when there was none.
  /// Called on the loop. The connection closes afterwards.
  func refuse(_ refusal: Refusal, _ head: RequestHead?, from peer: Peer) -> Response

  /// Called on the loop once for each answer that was sent or given up: the access log. Cheap.
  func finished(_ exchange: FinishedExchange)
}

extension RequestHandler {
  /// One plain sentence.
  public func refuse(_ refusal: Refusal, _ head: RequestHead?, from peer: Peer) -> Response {
    refusal.plainResponse
  }

  /// Nothing is logged.
  public func finished(_ exchange: FinishedExchange) {}
}

/// What to do with a request whose head is complete.
public enum Disposition: Sendable {
  /// Answer at once, on the loop. A body still to come is skipped when it is small, else the
  /// connection closes after the answer.
  case respond(Response)

  /// Collect the body, at most `limit` bytes as received and `decodedLimit` without its content
  /// coding, then run the closure, which may take long and may wait. Exactly one answer follows.
  ///
  /// A request thread runs it; where closures have lately been shorter than handing them over, the
  /// thread that leads the loop does, and another takes the loop over from one that takes long.
  ///
  /// A nil `decodedLimit` means the server's own limit of decoded bodies where `limit` is at least
  /// the server's limit of bodies, and `limit` itself where it is smaller.
  case collect(
    limit: Int, decodedLimit: Int? = nil, @Sendable (Request, any Responder) -> Void)
}
