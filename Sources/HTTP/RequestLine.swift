import HTTPTypes

/// The first line of a request (RFC 9112, section 3), as offsets from the head's first byte.
struct RequestLine {
  var method: HTTPRequest.Method
  var target: Range<Int32>
  var path: Range<Int32>
  var query: Range<Int32>?
  var version: ProtocolVersion

  /// Parses the line in `range`, without its CRLF. One space between the parts and nothing else:
  /// leniency here is where requests are smuggled.
  static func parse(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(Refusal) -> RequestLine {
    var position = range.lowerBound
    while position < range.upperBound, bytes[position].isToken { position += 1 }
    guard position > range.lowerBound, position < range.upperBound, bytes[position] == 0x20 else {
      throw .malformedRequestLine
    }
    let methodEnd = position
    position += 1
    let targetStart = position
    while position < range.upperBound, bytes[position].isTarget { position += 1 }
    guard position > targetStart, position < range.upperBound, bytes[position] == 0x20 else {
      throw .malformedRequestLine
    }
    let target = targetStart..<position
    let version = try version(bytes, (position + 1)..<range.upperBound)
    guard let method = method(bytes, range.lowerBound..<methodEnd) else { throw .unknownMethod }
    let (path, query) = try split(bytes, target, method)
    return RequestLine(
      method: method, target: target.narrow, path: path.narrow, query: query?.narrow,
      version: version)
  }

  /// `HTTP/` in capitals, one digit, a dot, one digit (RFC 9112, section 2.3).
  private static func version(
    _ bytes: Span<UInt8>, _ range: Range<Int>
  ) throws(Refusal) -> ProtocolVersion {
    let start = range.lowerBound
    guard range.count == 8, bytes[start] == 0x48, bytes[start + 1] == 0x54,
      bytes[start + 2] == 0x54, bytes[start + 3] == 0x50, bytes[start + 4] == 0x2F,
      bytes[start + 5].isDigit, bytes[start + 6] == 0x2E, bytes[start + 7].isDigit
    else { throw .malformedRequestLine }
    guard bytes[start + 5] == 0x31 else { throw .unsupportedVersion }
    return bytes[start + 7] == 0x30 ? .http10 : .http11
  }

  /// The method, nil where it is not one of RFC 9110 and PATCH. CONNECT is left out: this is no
  /// proxy.
  private static func method(_ bytes: Span<UInt8>, _ range: Range<Int>) -> HTTPRequest.Method? {
    let start = range.lowerBound
    func spells(_ name: StaticString) -> Bool {
      for index in 0..<range.count
      where bytes[start + index] != (name.utf8Start + index).pointee { return false }
      return true
    }
    switch (range.count, bytes[start]) {
    case (3, 0x47): return spells("GET") ? .get : nil
    case (3, 0x50): return spells("PUT") ? .put : nil
    case (4, 0x50): return spells("POST") ? .post : nil
    case (4, 0x48): return spells("HEAD") ? .head : nil
    case (5, 0x50): return spells("PATCH") ? .patch : nil
    case (5, 0x54): return spells("TRACE") ? .trace : nil
    case (6, 0x44): return spells("DELETE") ? .delete : nil
    case (7, 0x4F): return spells("OPTIONS") ? .options : nil
    default: return nil
    }
  }

  /// The forms of a target (RFC 9112, section 3.2): origin, absolute, and asterisk with OPTIONS.
  private static func split(
    _ bytes: Span<UInt8>, _ target: Range<Int>, _ method: HTTPRequest.Method
  ) throws(Refusal) -> (path: Range<Int>, query: Range<Int>?) {
    var start = target.lowerBound
    if target.count == 1, bytes[start] == 0x2A {
      guard method == .options else { throw .malformedTarget }
      return (target, nil)
    }
    if bytes[start] != 0x2F { start = try authorityEnd(bytes, target) }
    var end = start
    while end < target.upperBound, bytes[end] != 0x3F {
      if bytes[end] == 0x25 {
        guard end + 2 < target.upperBound, bytes[end + 1].hexadecimalValue != nil,
          bytes[end + 2].hexadecimalValue != nil
        else { throw .malformedTarget }
      }
      end += 1
    }
    return (start..<end, end < target.upperBound ? (end + 1)..<target.upperBound : nil)
  }

  /// Where the path of `http://authority/path` starts. The authority has to be a valid host.
  private static func authorityEnd(
    _ bytes: Span<UInt8>, _ target: Range<Int>
  ) throws(Refusal) -> Int {
    let start: Int
    if target.count > 7, bytes.equals("http://", in: target.lowerBound..<target.lowerBound + 7) {
      start = target.lowerBound + 7
    } else if target.count > 8,
      bytes.equals("https://", in: target.lowerBound..<target.lowerBound + 8)
    {
      start = target.lowerBound + 8
    } else {
      throw .malformedTarget
    }
    var end = start
    while end < target.upperBound, bytes[end] != 0x2F, bytes[end] != 0x3F { end += 1 }
    guard end > start, FieldRules.isHost(bytes, start..<end) else { throw .malformedTarget }
    return end
  }
}

extension Range<Int> {
  /// The same range in half the space; heads are far below 2 GB.
  var narrow: Range<Int32> { Int32(lowerBound)..<Int32(upperBound) }
}
