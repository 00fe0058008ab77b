import HTTPTypes

/// Writes the head of an answer (RFC 9112, section 4).
public enum ResponseSerializer {
  /// How the end of the body is marked.
  public enum Framing: Sendable, Equatable {
    /// No body and no length: 204, 304 and 1xx.
    case bodiless
    /// Content-Length.
    case length(Int)
    /// Transfer-Encoding: chunked.
    case chunked
    /// The end of the connection (HTTP/1.0).
    case untilClose
  }

  /// `HTTP/1.1 100 Continue` with its empty line.
  public static let continueBytes = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

  /// Appends status line, the response's fields, and Date, framing and Connection, which are the
  /// server's alone. `date` is the value of Date in bytes.
  public static func appendHead(
    of response: Response, framing: Framing, keepsAlive: Bool, version: ProtocolVersion,
    date: [UInt8], to out: inout [UInt8]
  ) {
    // Written on the stack and appended whole, since some twenty small appends cost more; looking
    // at every field first to know the length costs more, too, than writing a long head twice.
    var room = 768
    while true {
      let isWritten = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: room) { bytes in
        var writer = HeadWriter(bytes)
        write(response, framing, keepsAlive, version, date, to: &writer)
        guard let head = writer.written else { return false }
        out.append(contentsOf: head)
        return true
      }
      if isWritten { return }
      room *= 2
    }
  }

  private static func write(
    _ response: Response, _ framing: Framing, _ keepsAlive: Bool, _ version: ProtocolVersion,
    _ date: [UInt8], to writer: inout HeadWriter
  ) {
    writeStatusLine(response.status, to: &writer)
    writer.put("Date: ")
    writer.put(bytes: date)
    writer.put("\r\n")
    for field in response.fields where !isOwn(field.name) {
      writer.put(text: field.name.rawName)
      writer.put(": ")
      field.withUnsafeBytesOfValue { writer.put($0) }
      writer.put("\r\n")
    }
    switch framing {
    case .bodiless, .untilClose: break
    case .length(let count):
      writer.put("Content-Length: ")
      writer.put(decimal: count)
      writer.put("\r\n")
    case .chunked: writer.put("Transfer-Encoding: chunked\r\n")
    }
    if !keepsAlive {
      writer.put("Connection: close\r\n")
    } else if version == .http10 {
      writer.put("Connection: keep-alive\r\n")
    }
    writer.put("\r\n")
  }

  /// Appends the line that opens a chunk of `count` bytes; the chunk ends with CRLF.
  public static func appendChunkHead(_ count: Int, to out: inout [UInt8]) {
    out.append(text: String(count, radix: 16))
    out.append("\r\n")
  }

  /// The empty last chunk and the end of the trailer section.
  public static let lastChunk = Array("0\r\n\r\n".utf8)

  private static func writeStatusLine(_ status: HTTPResponse.Status, to out: inout HeadWriter) {
    if status.code == 200 {
      out.put("HTTP/1.1 200 OK\r\n")
      return
    }
    out.put("HTTP/1.1 ")
    out.put(decimal: status.code)
    out.put(" ")
    if status.reasonPhrase.isEmpty {
      out.put(ReasonPhrase.of(status.code))
    } else {
      out.put(text: status.reasonPhrase)
    }
    out.put("\r\n")
  }

  /// Fields that only the server writes.
  private static func isOwn(_ name: HTTPField.Name) -> Bool {
    let canonical = name.canonicalName
    switch canonical.utf8.count {
    case 4: return canonical == "date"
    case 10: return canonical == "connection" || canonical == "keep-alive"
    case 14: return canonical == "content-length"
    case 17: return canonical == "transfer-encoding"
    default: return false
    }
  }
}

/// Writes into memory of a given size, and notes when that was too small.
private struct HeadWriter {
  private let bytes: UnsafeMutableBufferPointer<UInt8>
  private var position = 0
  private var isOverrun = false

  init(_ bytes: UnsafeMutableBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  /// What was written; nil where there was no room for all of it.
  var written: UnsafeBufferPointer<UInt8>? {
    isOverrun ? nil : UnsafeBufferPointer(rebasing: bytes[..<position])
  }

  mutating func put(_ text: StaticString) {
    put(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  mutating func put(text: String) {
    var text = text
    text.withUTF8 { put($0) }
  }

  mutating func put(bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { put($0) }
  }

  mutating func put(_ piece: UnsafeBufferPointer<UInt8>) {
    guard let from = piece.baseAddress, let base = bytes.baseAddress else { return }
    guard piece.count <= bytes.count - position else {
      isOverrun = true
      return
    }
    (base + position).update(from: from, count: piece.count)
    position += piece.count
  }

  mutating func put(decimal number: Int) {
    var digits = 1
    var scale = 10
    while digits < 19, number >= scale {
      digits += 1
      scale &*= 10
    }
    precondition(number >= 0)
    guard digits <= bytes.count - position else {
      isOverrun = true
      return
    }
    var rest = number
    for offset in stride(from: digits - 1, through: 0, by: -1) {
      bytes[position + offset] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    position += digits
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ text: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  fileprivate mutating func append(text: String) {
    var text = text
    text.withUTF8 { append(contentsOf: $0) }
  }
}
