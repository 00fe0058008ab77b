/// Takes the chunks off a chunked body (RFC 9112, section 7.1), as the bytes come.
///
/// Strict: sizes are hexadecimal digits only, every line ends in CRLF, extensions and trailer
/// fields are checked and dropped. Nothing is kept but a few counters.
///
/// States and what moves on: `size` → digits → (`extensions`) → `sizeEnd` LF → `data` → `dataEnd`
/// CR → `dataFeed` LF → `size`; after a size of zero: `trailerStart` → (`trailerName` → `trailerValue`
/// → `trailerEnd` LF → `trailerStart`)* → `lastFeed` LF → `done`.
public struct ChunkedDecoder: Sendable {
  /// What the next bytes mean.
  public enum Event: Sendable, Equatable {
    /// All bytes are used up; more are due.
    case needMore
    /// Content: this range of the bytes given.
    case data(Range<Int>)
    /// The body is complete.
    case end
  }

  private enum State: Sendable {
    case size, blanks, extensions, sizeEnd, data, dataEnd, dataFeed
    case trailerStart, trailerName, trailerValue, trailerEnd, lastFeed, done
  }

  private let limits: ChunkLimits
  private let maximumBytes: Int
  private var state = State.size
  private var digits = 0
  private var remaining = 0
  private var total = 0
  private var extensionBytes = 0
  private var allExtensionBytes = 0
  private var trailerBytes = 0

  /// A decoder that refuses content of more than `maximumBytes`.
  public init(limits: ChunkLimits = ChunkLimits(), maximumBytes: Int = .max) {
    self.limits = limits
    self.maximumBytes = maximumBytes
  }

  /// Reads on. Call it with the bytes not consumed yet until it needs more or ends.
  /// - Throws: the refusal; nothing may be read after it.
  public mutating func next(
    _ bytes: Span<UInt8>
  ) throws(Refusal) -> (consumed: Int, event: Event) {
    var position = 0
    while position < bytes.count {
      if state == .data {
        let count = min(remaining, bytes.count - position)
        remaining -= count
        if remaining == 0 { state = .dataEnd }
        return (position + count, .data(position..<position + count))
      }
      try take(bytes[position])
      position += 1
      if state == .done { return (position, .end) }
    }
    return (position, .needMore)
  }

  private mutating func take(_ byte: UInt8) throws(Refusal) {
    switch state {
    case .size: try takeSize(byte)
    case .blanks, .extensions: try takeExtension(byte)
    case .sizeEnd:
      guard byte == 0x0A else { throw .malformedChunk }
      state = remaining == 0 ? .trailerStart : .data
    case .dataEnd:
      guard byte == 0x0D else { throw .malformedChunk }
      state = .dataFeed
    case .dataFeed:
      guard byte == 0x0A else { throw .malformedChunk }
      digits = 0
      extensionBytes = 0
      state = .size
    case .trailerStart, .trailerName, .trailerValue, .trailerEnd: try takeTrailer(byte)
    case .lastFeed:
      guard byte == 0x0A else { throw .malformedChunk }
      state = .done
    case .data, .done: throw .malformedChunk
    }
  }

  private mutating func takeSize(_ byte: UInt8) throws(Refusal) {
    if let digit = byte.hexadecimalValue {
      digits += 1
      // 64 digits leave room for any number of leading zeros anyone sends.
      guard digits <= 64, remaining <= Int.max >> 4 else { throw .malformedChunk }
      remaining = remaining << 4 | Int(digit)
      guard remaining <= maximumBytes - total else { throw .bodyTooLong(limit: maximumBytes) }
      return
    }
    guard digits > 0 else { throw .malformedChunk }
    switch byte {
    case 0x0D: endSize()
    case 0x3B: state = .extensions
    case 0x20, 0x09: state = .blanks
    default: throw .malformedChunk
    }
  }

  /// Blanks may stand before an extension only (RFC 9112, section 7.1.1).
  private mutating func takeExtension(_ byte: UInt8) throws(Refusal) {
    if byte == 0x0D, state == .extensions { return endSize() }
    guard byte.isFieldValue else { throw .malformedChunk }
    extensionBytes += 1
    allExtensionBytes += 1
    guard extensionBytes <= limits.extensionsOfOne else {
      throw .chunkExtensionsTooLong(limit: limits.extensionsOfOne)
    }
    guard allExtensionBytes <= limits.extensionsOfAll else {
      throw .chunkExtensionsTooLong(limit: limits.extensionsOfAll)
    }
    if state == .blanks, !byte.isBlank {
      guard byte == 0x3B else { throw .malformedChunk }
      state = .extensions
    }
  }

  private mutating func endSize() {
    total += remaining
    state = .sizeEnd
  }

  private mutating func takeTrailer(_ byte: UInt8) throws(Refusal) {
    if state == .trailerStart, byte == 0x0D {
      state = .lastFeed
      return
    }
    trailerBytes += 1
    guard trailerBytes <= limits.trailers else { throw .trailersTooLong(limit: limits.trailers) }
    switch state {
    case .trailerStart:
      guard byte.isToken else { throw .malformedField }
      state = .trailerName
    case .trailerName:
      if byte == 0x3A { state = .trailerValue } else if !byte.isToken { throw .malformedField }
    case .trailerValue:
      if byte == 0x0D { state = .trailerEnd } else if !byte.isFieldValue { throw .malformedField }
    default:
      guard byte == 0x0A else { throw .malformedField }
      state = .trailerStart
    }
  }
}
