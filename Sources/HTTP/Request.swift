/// A request whose body has arrived: what a handler works on.
public struct Request: Sendable {
  /// Method, target and fields.
  public let head: RequestHead
  /// The body, content coding removed; empty when there was none.
  public let body: BodyBytes
  /// The other end of the connection.
  public let peer: Peer
  /// Bytes of the body as they came over the wire, before content coding was removed.
  public let receivedByteCount: Int

  /// Puts a request together; `receivedByteCount` is the body's own count when nil.
  public init(
    head: RequestHead, body: BodyBytes, peer: Peer, receivedByteCount: Int? = nil
  ) {
    self.head = head
    self.body = body
    self.peer = peer
    self.receivedByteCount = receivedByteCount ?? body.count
  }
}
