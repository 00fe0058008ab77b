public import HTTPTypes

/// One line of the access log: a request and what became of it.
public struct FinishedExchange: Sendable {
  /// The head of the request; nil when the message was refused before it had one.
  public let head: RequestHead?
  /// The other end.
  public let peer: Peer
  /// Status sent.
  public let status: HTTPResponse.Status
  /// Fields sent, as the handler gave them (`X-Request-Id` among them).
  public let fields: HTTPFields
  /// Bytes of the request's body, as received.
  public let receivedBytes: Int
  /// Bytes of the answer's body handed to the connection, coding included.
  public package(set) var sentBytes: Int
  /// From the complete head to the last byte handed to the operating system.
  public package(set) var duration: Duration
  /// The whole answer was handed over; false when the client went away before.
  public package(set) var isComplete: Bool
  /// What the handler put into its response.
  public let note: (any AnyObject & Sendable)?

  /// Describes one finished exchange.
  public init(
    head: RequestHead?, peer: Peer, status: HTTPResponse.Status, fields: HTTPFields,
    receivedBytes: Int, sentBytes: Int, duration: Duration, isComplete: Bool,
    note: (any AnyObject & Sendable)? = nil
  ) {
    self.head = head
    self.peer = peer
    self.status = status
    self.fields = fields
    self.receivedBytes = receivedBytes
    self.sentBytes = sentBytes
    self.duration = duration
    self.isComplete = isComplete
    self.note = note
  }
}
