public import HTTPTypes

/// Why a message is refused before any handler has seen it whole.
///
/// Each case is one broken rule; `status` is what the sender is told. After a refusal the
/// connection is closed, because the place where the next message begins is not known.
public enum Refusal: Error, Equatable, Sendable {
  /// The request line is not `method SP target SP version` (RFC 9112, section 3).
  case malformedRequestLine
  /// A line ends in a lone LF or holds a lone CR (RFC 9112, section 2.2).
  case malformedLineEnd
  /// The target is not one of the forms of RFC 9112, section 3.2.
  case malformedTarget
  /// A field line is not `name ":" value` (RFC 9112, section 5).
  case malformedField
  /// No Host field, several of them, or one that is not `host [":" port]` (RFC 9112, section 3.2).
  case malformedHost
  /// Content-Length is not one plain decimal number (RFC 9112, section 6.3).
  case malformedContentLength
  /// Transfer-Encoding beside Content-Length, in HTTP/1.0, or with chunked not last and once
  /// (RFC 9112, section 6.1).
  case malformedTransferEncoding
  /// A chunk, its extensions or the trailer section break RFC 9112, section 7.1.
  case malformedChunk
  /// The content coding's bytes are damaged, cut short or followed by others.
  case malformedContent
  /// The version is not HTTP/1.0 or HTTP/1.1.
  case unsupportedVersion
  /// The method is not one this server knows.
  case unknownMethod
  /// A transfer coding other than chunked.
  case unknownTransferCoding
  /// A content coding other than gzip and deflate.
  case unknownContentCoding
  /// Expect asks for something other than 100-continue (RFC 9110, section 10.1.1).
  case unknownExpectation
  /// The request line is longer than `limit` bytes.
  case requestLineTooLong(limit: Int)
  /// The head is longer than `limit` bytes.
  case headTooLong(limit: Int)
  /// The head has more than `limit` fields.
  case tooManyFields(limit: Int)
  /// The body is longer than `limit` bytes as received.
  case bodyTooLong(limit: Int)
  /// The body is longer than `limit` bytes once decoded, or grows more than `ratio` times.
  case decodedBodyTooLong(limit: Int, ratio: Int)
  /// The extensions of one chunk, or of all chunks, are longer than `limit` bytes.
  case chunkExtensionsTooLong(limit: Int)
  /// The trailer section is longer than `limit` bytes.
  case trailersTooLong(limit: Int)
  /// The head was not complete in time.
  case headTimeout
  /// The body came too slowly.
  case bodyTimeout
  /// The bodies being received fill the memory set aside for them.
  case bodyMemoryExhausted
  /// Every request thread is busy and their queue is full.
  case overloaded
  /// The handler gave up the request without an answer: a defect of the handler.
  case unanswered

  /// The status that tells the sender what was wrong.
  public var status: HTTPResponse.Status {
    switch self {
    case .malformedRequestLine, .malformedLineEnd, .malformedTarget, .malformedField,
      .malformedHost, .malformedContentLength, .malformedTransferEncoding, .malformedChunk,
      .malformedContent:
      .badRequest
    case .unsupportedVersion: .httpVersionNotSupported
    case .unknownMethod, .unknownTransferCoding: .notImplemented
    case .unknownContentCoding: .unsupportedMediaType
    case .unknownExpectation: .expectationFailed
    case .requestLineTooLong: .uriTooLong
    case .headTooLong, .tooManyFields, .chunkExtensionsTooLong, .trailersTooLong:
      .requestHeaderFieldsTooLarge
    case .bodyTooLong, .decodedBodyTooLong: .contentTooLarge
    case .headTimeout, .bodyTimeout: .requestTimeout
    case .bodyMemoryExhausted, .overloaded: .serviceUnavailable
    case .unanswered: .internalServerError
    }
  }
}

extension Refusal: CustomStringConvertible {
  /// One sentence for the sender.
  public var description: String {
    switch self {
    case .malformedRequestLine: "The request line is not METHOD SP TARGET SP HTTP/1.x."
    case .malformedLineEnd: "A line of the head does not end in CRLF, or holds a lone CR."
    case .malformedTarget: "The request target is not a valid path or absolute URI."
    case .malformedField: "A header field is not NAME: VALUE."
    case .malformedHost: "The request needs exactly one valid Host field."
    case .malformedContentLength: "Content-Length must be one decimal number, given once."
    case .malformedTransferEncoding:
      "Transfer-Encoding must be chunked, given once, in HTTP/1.1 and without Content-Length."
    case .malformedChunk: "The chunked body is malformed."
    case .malformedContent:
      "The body does not decode: damaged, cut short or followed by other bytes."
    case .unsupportedVersion: "Only HTTP/1.0 and HTTP/1.1 are spoken here."
    case .unknownMethod: "The method is not known here."
    case .unknownTransferCoding: "The only transfer coding known here is chunked."
    case .unknownContentCoding: "The content codings known here are gzip and deflate."
    case .unknownExpectation: "The only expectation known here is 100-continue."
    case .requestLineTooLong(let limit): "The request line is longer than \(limit) bytes."
    case .headTooLong(let limit): "The head is longer than \(limit) bytes."
    case .tooManyFields(let limit): "The head has more than \(limit) fields."
    case .bodyTooLong(let limit): "The body is longer than \(limit) bytes."
    case .decodedBodyTooLong(let limit, let ratio):
      "The decoded body is longer than \(limit) bytes, or more than \(ratio) times the bytes sent."
    case .chunkExtensionsTooLong(let limit): "Chunk extensions are longer than \(limit) bytes."
    case .trailersTooLong(let limit): "The trailer section is longer than \(limit) bytes."
    case .headTimeout: "The head of the request did not arrive in time."
    case .bodyTimeout: "The body of the request arrived too slowly."
    case .bodyMemoryExhausted: "The memory for request bodies is full; try again shortly."
    case .overloaded: "All request threads are busy; try again shortly."
    case .unanswered: "The request was dropped without an answer."
    }
  }
}

extension Refusal {
  /// The answer where a handler has no other: one plain sentence, and Retry-After on 503.
  public var plainResponse: Response {
    var response = Response(status: status, body: .bytes(Array("\(self)\n".utf8)))
    response.fields[.contentType] = "text/plain; charset=utf-8"
    if status == .serviceUnavailable { response.fields[.retryAfter] = "1" }
    if self == .unknownContentCoding { response.fields[.acceptEncoding] = "gzip, deflate" }
    return response
  }
}
