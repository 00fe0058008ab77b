public import HTTPTypes

/// An answer as a handler gives it.
///
/// The server adds Date, Content-Length or Transfer-Encoding, and Connection; a handler sets none
/// of these (they are dropped). To HEAD the body is left out and its length kept.
public struct Response: Sendable {
  /// Status code and reason.
  public var status: HTTPResponse.Status
  /// Fields in the order they are sent.
  public var fields: HTTPFields
  /// The content.
  public var body: ResponseBody
  /// Close the connection after this answer.
  public var closesConnection: Bool
  /// The server may code the body (gzip, deflate) when the client accepts it and it is larger
  /// than 1 KB. Bodies in memory only. Adds `Vary: Accept-Encoding`, and the coding's name to a
  /// strong ETag (`EntityTag.coded(_:)`).
  public var isCompressible: Bool
  /// Comes back with the finished exchange, and is not sent: the handler that has found a route
  /// need not find it again to count there.
  public var note: (any AnyObject & Sendable)?

  /// Puts an answer together.
  public init(
    status: HTTPResponse.Status, fields: HTTPFields = HTTPFields(), body: ResponseBody = .none,
    closesConnection: Bool = false, isCompressible: Bool = false
  ) {
    self.status = status
    self.fields = fields
    self.body = body
    self.closesConnection = closesConnection
    self.isCompressible = isCompressible
  }
}

extension HTTPField.Name {
  /// `X-Request-Id`: the name of a request in answers and logs.
  public static let requestID = HTTPField.Name.known("X-Request-Id")
  /// `Prefer` (RFC 7240).
  public static let prefer = HTTPField.Name.known("Prefer")
  /// `Preference-Applied` (RFC 7240).
  public static let preferenceApplied = HTTPField.Name.known("Preference-Applied")
  /// `Idempotency-Key`.
  public static let idempotencyKey = HTTPField.Name.known("Idempotency-Key")

  /// A name written in this file.
  private static func known(_ name: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(name) else { preconditionFailure("not a field name: \(name)") }
    return name
  }
}
