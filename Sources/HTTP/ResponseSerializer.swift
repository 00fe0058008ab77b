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
    out.reserveCapacity(out.count + 192 + 64 * response.fields.count)
    appendStatusLine(response.status, to: &out)
    out.append("Date: ")
    out.append(contentsOf: date)
    out.append("\r\n")
    for field in response.fields where !isOwn(field.name) {
      out.append(text: field.name.rawName)
      out.append(": ")
      field.withUnsafeBytesOfValue { out.append(contentsOf: $0) }
      out.append("\r\n")
    }
    switch framing {
    case .bodiless, .untilClose: break
    case .length(let count):
      out.append("Content-Length: ")
      out.append(decimal: count)
      out.append("\r\n")
    case .chunked: out.append("Transfer-Encoding: chunked\r\n")
    }
    if !keepsAlive {
      out.append("Connection: close\r\n")
    } else if version == .http10 {
      out.append("Connection: keep-alive\r\n")
    }
    out.append("\r\n")
  }

  /// Appends the line that opens a chunk of `count` bytes; the chunk ends with CRLF.
  public static func appendChunkHead(_ count: Int, to out: inout [UInt8]) {
    out.append(text: String(count, radix: 16))
    out.append("\r\n")
  }

  /// The empty last chunk and the end of the trailer section.
  public static let lastChunk = Array("0\r\n\r\n".utf8)

  private static func appendStatusLine(_ status: HTTPResponse.Status, to out: inout [UInt8]) {
    if status.code == 200 {
      out.append("HTTP/1.1 200 OK\r\n")
      return
    }
    out.append("HTTP/1.1 ")
    out.append(decimal: status.code)
    out.append(" ")
    out.append(text: status.reasonPhrase)
    out.append("\r\n")
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

extension [UInt8] {
  fileprivate mutating func append(_ text: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  fileprivate mutating func append(text: String) {
    var text = text
    text.withUTF8 { append(contentsOf: $0) }
  }

  fileprivate mutating func append(decimal number: Int) {
    append(text: String(number))
  }
}
