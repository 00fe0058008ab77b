import Glibc

/// One part of a multipart/form-data body, as offsets into it.
public struct FormPart: Sendable, Hashable {
  /// The `name` parameter of Content-Disposition.
  public let name: String
  /// The `filename` parameter; nil where there is none.
  public let filename: String?
  /// The part's Content-Type; nil where it has none (then text/plain, RFC 7578, section 4.4).
  public let contentType: MediaType?
  /// Where the content lies in the body.
  public let content: Range<Int>
}

/// A multipart/form-data body cut into parts without copying them (RFC 7578, RFC 2046).
public struct MultipartForm: Sendable, Hashable {
  /// The parts in order.
  public let parts: [FormPart]

  /// Why a body is not multipart/form-data.
  public enum Failure: Error, Equatable, Sendable {
    /// The boundary parameter is missing or not 1…70 characters of RFC 2046, section 5.1.1.
    case invalidBoundary
    /// The body does not begin with the boundary.
    case missingFirstBoundary
    /// The closing boundary is missing: the body was cut short.
    case missingLastBoundary
    /// A part's head does not end, or a boundary line has other characters behind it.
    case malformedPart(index: Int)
    /// A part without `Content-Disposition: form-data; name=…`.
    case missingName(index: Int)
    /// More parts than `limit`.
    case tooManyParts(limit: Int)
    /// A part's head is longer than `limit` bytes.
    case partHeadTooLong(index: Int, limit: Int)
  }

  /// Cuts `body` at `boundary` (the parameter of its Content-Type). Linear in the body's length.
  public init(
    _ body: UnsafeRawBufferPointer, boundary: String?, maximumParts: Int = 1_024,
    maximumPartHead: Int = 8_192
  ) throws(Failure) {
    guard let boundary, (1...70).contains(boundary.utf8.count), boundary.utf8.last != 0x20,
      boundary.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F })
    else { throw .invalidBoundary }
    let delimiter = Array("\r\n--\(boundary)".utf8)
    // The first boundary may stand at the very start, without its CRLF (or after a preamble).
    var position: Int
    if body.starts(with: delimiter.dropFirst(2)) {
      position = delimiter.count - 2
    } else if let found = Self.find(delimiter, in: body, from: 0) {
      position = found + delimiter.count
    } else {
      throw .missingFirstBoundary
    }
    var parts: [FormPart] = []
    while try Self.opensPart(body, &position, index: parts.count) {
      guard parts.count < maximumParts else { throw .tooManyParts(limit: maximumParts) }
      let headStart = position
      let content = try Self.endOfHead(
        body, from: headStart, index: parts.count, limit: maximumPartHead)
      // The empty line that ends the head also opens the delimiter of an empty part.
      guard let end = Self.find(delimiter, in: body, from: content - 2) else {
        throw .missingLastBoundary
      }
      parts.append(
        try Self.part(
          body, head: headStart..<content, content: content..<max(end, content),
          index: parts.count))
      position = end + delimiter.count
    }
    self.parts = parts
  }

  /// Behind a boundary: `--` closes the form, blanks and CRLF open a part.
  private static func opensPart(
    _ body: UnsafeRawBufferPointer, _ position: inout Int, index: Int
  ) throws(Failure) -> Bool {
    if position + 1 < body.count, body[position] == 0x2D, body[position + 1] == 0x2D {
      return false
    }
    while position < body.count, body[position].isBlank { position += 1 }
    guard position + 1 < body.count else { throw .missingLastBoundary }
    guard body[position] == 0x0D, body[position + 1] == 0x0A else {
      throw .malformedPart(index: index)
    }
    position += 2
    return true
  }

  /// Offset behind the empty line that ends a part's head.
  private static func endOfHead(
    _ body: UnsafeRawBufferPointer, from start: Int, index: Int, limit: Int
  ) throws(Failure) -> Int {
    // A part without any field has its empty line at once.
    if start + 1 < body.count, body[start] == 0x0D, body[start + 1] == 0x0A { return start + 2 }
    let window = UnsafeRawBufferPointer(rebasing: body[..<min(body.count, start + limit)])
    guard let end = find([0x0D, 0x0A, 0x0D, 0x0A], in: window, from: start) else {
      throw body.count - start > limit
        ? .partHeadTooLong(index: index, limit: limit) : .malformedPart(index: index)
    }
    return end + 4
  }

  private static func part(
    _ body: UnsafeRawBufferPointer, head: Range<Int>, content: Range<Int>, index: Int
  ) throws(Failure) -> FormPart {
    var name: String?
    var filename: String?
    var contentType: MediaType?
    for line in body[head].split(separator: 0x0A) {
      let text = String(decoding: line, as: UTF8.self)
      guard let colon = text.utf8.firstIndex(of: 0x3A) else { continue }
      let value = String(text[text.index(after: colon)...].filter { $0 != "\r" && $0 != "\r\n" })
      switch text[..<colon].lowercased() {
      case "content-disposition":
        var scanner = FieldScanner(value)
        scanner.skipBlanks()
        guard scanner.token()?.lowercased() == "form-data", let parameters = scanner.parameters()
        else { throw .missingName(index: index) }
        name = parameters.first { $0.name == "name" }?.value
        filename = parameters.first { $0.name == "filename" }?.value
      case "content-type": contentType = MediaType(value)
      default: break
      }
    }
    guard let name else { throw .missingName(index: index) }
    return FormPart(name: name, filename: filename, contentType: contentType, content: content)
  }

  private static func find(
    _ needle: [UInt8], in body: UnsafeRawBufferPointer, from start: Int
  ) -> Int? {
    guard start >= 0, let base = body.baseAddress else { return nil }
    let first = Int32(needle[0])
    var position = start
    while position + needle.count <= body.count {
      let candidates = body.count - needle.count + 1 - position
      guard let found = memchr(base + position, first, candidates) else { return nil }
      if memcmp(found, needle, needle.count) == 0 { return UnsafeRawPointer(found) - base }
      position = UnsafeRawPointer(found) - base + 1
    }
    return nil
  }
}
