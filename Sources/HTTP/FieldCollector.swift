/// Gathers what the fields of a head say about the message, as they are read.
struct FieldCollector {
  var version = ProtocolVersion.http11
  private var hasHost = false
  private var contentLength: Int?
  private var transferCodings = 0
  private var lastIsChunked = false
  private var hasUnknownCoding = false
  private var closes = false
  private var keepsAlive = false
  private var expectsContinue = false
  private var hasUnknownExpectation = false

  /// Splits `name ":" OWS value OWS` and checks every byte (RFC 9112, section 5; RFC 9110, 5.5).
  /// White space before the colon, an empty name and line folding are refused.
  static func split(
    _ bytes: Span<UInt8>, _ content: Range<Int>
  ) throws(Refusal) -> (name: Range<Int>, value: Range<Int>) {
    var colon = content.lowerBound
    while colon < content.upperBound, bytes[colon].isToken { colon += 1 }
    guard colon > content.lowerBound, colon < content.upperBound, bytes[colon] == 0x3A else {
      throw .malformedField
    }
    if let index = bytes.firstOutsideFieldValue(in: (colon + 1)..<content.upperBound) {
      throw bytes[index] == 0x0D ? .malformedLineEnd : .malformedField
    }
    return (
      content.lowerBound..<colon, FieldRules.trimmed(bytes, (colon + 1)..<content.upperBound)
    )
  }

  /// Notes a field that bears on framing or on the connection.
  mutating func note(
    _ bytes: Span<UInt8>, _ name: Range<Int>, _ value: Range<Int>
  ) throws(Refusal) {
    switch name.count {
    case 4 where bytes.equals("host", in: name):
      guard !hasHost, FieldRules.isHost(bytes, value) else { throw .malformedHost }
      hasHost = true
    case 6 where bytes.equals("expect", in: name):
      if bytes.equals("100-continue", in: value) {
        expectsContinue = true
      } else {
        hasUnknownExpectation = true
      }
    case 10 where bytes.equals("connection", in: name):
      FieldRules.forEachMember(bytes, value) { member in
        if bytes.equals("close", in: member) { closes = true }
        if bytes.equals("keep-alive", in: member) { keepsAlive = true }
      }
    case 14 where bytes.equals("content-length", in: name):
      guard contentLength == nil, let length = FieldRules.contentLength(bytes, value) else {
        throw .malformedContentLength
      }
      contentLength = length
    case 17 where bytes.equals("transfer-encoding", in: name):
      noteTransferEncoding(bytes, value)
    default: break
    }
  }

  private mutating func noteTransferEncoding(_ bytes: Span<UInt8>, _ value: Range<Int>) {
    var isEmpty = true
    FieldRules.forEachMember(bytes, value) { member in
      isEmpty = false
      transferCodings += 1
      lastIsChunked = bytes.equals("chunked", in: member)
      if !lastIsChunked { hasUnknownCoding = true }
    }
    if isEmpty {
      transferCodings += 1
      hasUnknownCoding = true
    }
  }

  /// The framing of the whole message (RFC 9112, section 6.3), once every field has been seen.
  func framing() throws(Refusal) -> RequestHead.Framing {
    if version == .http11, !hasHost { throw .malformedHost }
    var framing = RequestHead.Framing()
    if transferCodings > 0 {
      guard version == .http11, contentLength == nil else { throw .malformedTransferEncoding }
      guard lastIsChunked, transferCodings == 1 else {
        throw hasUnknownCoding ? .unknownTransferCoding : .malformedTransferEncoding
      }
      framing.isChunked = true
    }
    framing.contentLength = contentLength
    framing.keepsAlive = !closes && (version == .http11 || keepsAlive)
    if version == .http11 {
      if hasUnknownExpectation { throw .unknownExpectation }
      let hasBody = framing.isChunked || (contentLength ?? 0) > 0
      framing.expectsContinue = expectsContinue && hasBody
    }
    return framing
  }
}
