import Glibc
public import HTTPTypes

/// Version of the protocol in a request.
public enum ProtocolVersion: Sendable, Hashable {
  /// HTTP/1.0
  case http10
  /// HTTP/1.1, and 1.2 to 1.9, which are answered as 1.1 (RFC 9110, section 2.5).
  case http11
}

/// The head of a request: checked raw bytes and where its parts are.
///
/// Strings are made only for the parts that are asked for, so looking at a head is cheap and
/// building `fields` is not (about 0.25 µs a field). Made by `HeadParser` only, so every head there
/// is has passed its checks.
public struct RequestHead: Sendable {
  /// One field line: offsets from the head's first byte.
  struct FieldLine {
    var name: Range<Int32>
    var value: Range<Int32>
  }

  /// What the fields say about the message (RFC 9112, sections 6 and 9.3).
  struct Framing {
    var contentLength: Int?
    var isChunked = false
    var keepsAlive = true
    var expectsContinue = false
  }

  /// Everything is kept in one object: a head is passed around by reference.
  private final class Storage: Sendable {
    let bytes: [UInt8]
    let lines: [FieldLine]
    let method: HTTPRequest.Method
    let isHead: Bool
    let target: Range<Int32>
    let path: Range<Int32>
    let query: Range<Int32>?
    let version: ProtocolVersion
    let framing: Framing

    init(bytes: [UInt8], lines: [FieldLine], requestLine: RequestLine, framing: Framing) {
      self.bytes = bytes
      self.lines = lines
      method = requestLine.method
      isHead = requestLine.method == .head
      target = requestLine.target
      path = requestLine.path
      query = requestLine.query
      version = requestLine.version
      self.framing = framing
    }
  }

  private let storage: Storage

  init(bytes: [UInt8], lines: [FieldLine], requestLine: RequestLine, framing: Framing) {
    storage = Storage(bytes: bytes, lines: lines, requestLine: requestLine, framing: framing)
  }

  /// The method.
  public var method: HTTPRequest.Method { storage.method }
  /// The method is HEAD: the answer has no content.
  public var isHead: Bool { storage.isHead }
  /// The version.
  public var version: ProtocolVersion { storage.version }
  /// Length of the body where the head says it: nil without a length or with chunks.
  public var contentLength: Int? { storage.framing.contentLength }
  /// The body comes in chunks.
  public var isChunked: Bool { storage.framing.isChunked }
  /// A body of at least one byte may follow.
  public var hasBody: Bool { isChunked || (contentLength ?? 0) > 0 }
  /// The client waits for `100 Continue` before it sends the body (HTTP/1.1 with a body only).
  public var expectsContinue: Bool { storage.framing.expectsContinue }
  /// The client wants to use the connection again (RFC 9112, section 9.3).
  public var keepsAlive: Bool { storage.framing.keepsAlive }

  /// Bytes of the head, from its first letter to its last line feed.
  var byteCount: Int { storage.bytes.count }

  /// `bytes` begin with all the bytes of this head.
  func isPrefix(of bytes: Span<UInt8>) -> Bool {
    let count = storage.bytes.count
    guard bytes.count >= count else { return false }
    return storage.bytes.withUnsafeBytes { own in
      bytes.withUnsafeBytes { other in
        guard let own = own.baseAddress, let other = other.baseAddress else { return false }
        return memcmp(own, other, count) == 0
      }
    }
  }

  /// The request target as sent.
  public var target: String { string(storage.target) }
  /// The path of the target as sent, percent-encoded; `*` for the asterisk form; `/` where an
  /// absolute URI has none.
  public var path: String { storage.path.isEmpty ? "/" : string(storage.path) }
  /// What follows the first `?` of the target, as sent; nil without one.
  public var query: String? { storage.query.map(string) }
  /// Host and port that the request is for: those of an absolute target, else the Host field
  /// (RFC 9112, section 3.2.2). Nil in HTTP/1.0 without either.
  public var authority: String? {
    let first = Int(storage.target.lowerBound)
    if storage.bytes[first] != 0x2F, storage.target.count > 1 {
      return target.dropFirst(
        target.utf8.firstIndex(of: 0x3A).map { index in
          target.utf8.distance(from: target.startIndex, to: index) + 3
        } ?? 0
      ).prefix { $0 != "/" && $0 != "?" }.description
    }
    for line in storage.lines where line.name.count == 4 {
      let name = string(line.name)
      if name.lowercased() == "host" { return string(line.value) }
    }
    return nil
  }
  /// The segments of the path between slashes, percent-decoded (`%2F` does not split); nil where a
  /// decoded segment is not UTF-8. `/` has one segment, which is empty.
  public var pathSegments: [String]? {
    var segments: [String] = []
    for part in path.utf8.dropFirst().split(separator: 0x2F, omittingEmptySubsequences: false) {
      guard let segment = PercentEncoding.decode(part, plusIsSpace: false) else { return nil }
      segments.append(segment)
    }
    return segments
  }

  /// Number of field lines.
  public var fieldCount: Int { storage.lines.count }

  /// All fields in the order sent. Builds them: keep the result.
  public var fields: HTTPFields {
    var fields = HTTPFields()
    fields.reserveCapacity(storage.lines.count)
    for line in storage.lines {
      guard let name = HTTPField.Name(string(line.name)) else { continue }
      let range = Int(line.value.lowerBound)..<Int(line.value.upperBound)
      fields.append(HTTPField(name: name, value: storage.bytes[range]))
    }
    return fields
  }

  /// The value of a field without building the others; several lines are joined by a comma and a
  /// space (RFC 9110, section 5.3). Bytes that are not UTF-8 become replacement characters.
  public subscript(name: HTTPField.Name) -> String? {
    var found: String?
    for line in storage.lines where matches(line.name, name) {
      let value = string(line.value)
      found = found.map { "\($0), \(value)" } ?? value
    }
    return found
  }

  /// The values of a field, one for each line.
  public subscript(values name: HTTPField.Name) -> [String] {
    storage.lines.filter { matches($0.name, name) }.map { string($0.value) }
  }

  /// Runs `body` on the bytes of the path as sent.
  func withPathBytes<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
    storage.bytes.withUnsafeBufferPointer { bytes in
      let range = Int(storage.path.lowerBound)..<Int(storage.path.upperBound)
      return body(UnsafeBufferPointer(rebasing: bytes[range]))
    }
  }

  private func string(_ range: Range<Int32>) -> String {
    String(decoding: storage.bytes[Int(range.lowerBound)..<Int(range.upperBound)], as: UTF8.self)
  }

  private func matches(_ range: Range<Int32>, _ name: HTTPField.Name) -> Bool {
    let canonical = name.canonicalName.utf8
    guard range.count == canonical.count else { return false }
    var position = Int(range.lowerBound)
    for byte in canonical {
      if storage.bytes[position].lowercasedASCII != byte { return false }
      position += 1
    }
    return true
  }
}

extension RequestHead {
  /// Makes a head as if it had come over the wire, for tests and in-process callers. A Host field
  /// is added where `fields` has none, a Content-Length where `contentLength` is given.
  /// - Throws: the refusal a server would answer with.
  public init(
    method: HTTPRequest.Method, target: String, fields: HTTPFields = HTTPFields(),
    contentLength: Int? = nil
  ) throws(Refusal) {
    var text = "\(method.rawValue) \(target) HTTP/1.1\r\n"
    if !fields.contains(where: { $0.name.canonicalName == "host" }) {
      text += "Host: localhost\r\n"
    }
    if let contentLength { text += "Content-Length: \(contentLength)\r\n" }
    for field in fields { text += "\(field.name.rawName): \(field.value)\r\n" }
    text += "\r\n"
    var parser = HeadParser()
    let bytes = Array(text.utf8)
    switch parser.parse(bytes.span) {
    case .complete(let head, _): self = head
    case .refused(let refusal): throw refusal
    case .needMore: throw .malformedField
    }
  }
}
