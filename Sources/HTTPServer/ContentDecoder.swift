import CZlib
package import HTTP

/// Takes the content coding off a body, bounded in size and growth.
///
/// 100 MB of zeros are 102 KB of gzip, so what a body may grow to is bounded twice: by `limit`
/// bytes, and by `ratio` times the bytes received once that is more than 1 MB. Several gzip members
/// are one body (RFC 1952, section 2.2); a cut stream and trailing bytes are malformed.
package enum ContentDecoder {
  private static let ratioFrom = 1 << 20

  /// The decoded body.
  /// - Throws: `malformedContent`, `decodedBodyTooLong`, or `bodyMemoryExhausted` where the system
  ///   has no memory.
  package static func decode(
    _ body: BodyBytes, _ coding: ContentCoding, limit: Int, ratio: Int, memory: BodyMemory
  ) throws(Refusal) -> BodyBytes {
    guard coding != .identity else { return body }
    guard body.count <= Int(UInt32.max) else { throw .bodyTooLong(limit: Int(UInt32.max)) }
    let bound = min(limit, max(ratioFrom, body.count * ratio))
    var stream = z_stream()
    guard czlib_inflate_init(&stream, coding == .gzip ? 31 : 15) == Z_OK else {
      throw .bodyMemoryExhausted
    }
    defer { inflateEnd(&stream) }
    stream.next_in = UnsafeMutablePointer(
      mutating: body.bytes.bindMemory(to: UInt8.self).baseAddress)
    stream.avail_in = UInt32(body.count)
    var decoded = BodyBuffer(memory, isCounted: false)
    while true {
      let room = min(65_536, bound + 1 - decoded.count)
      guard room > 0 else { throw .decodedBodyTooLong(limit: limit, ratio: ratio) }
      guard decoded.reserve(room) else { throw .bodyMemoryExhausted }
      stream.next_out = decoded.free.bindMemory(to: UInt8.self).baseAddress
      stream.avail_out = UInt32(room)
      let result = inflate(&stream, Z_NO_FLUSH)
      let produced = room - Int(stream.avail_out)
      decoded.advance(produced)
      guard decoded.count <= bound else {
        throw .decodedBodyTooLong(limit: limit, ratio: ratio)
      }
      switch result {
      case Z_STREAM_END:
        if stream.avail_in == 0 { return decoded.finish() }
        guard coding == .gzip, inflateReset(&stream) == Z_OK else { throw .malformedContent }
      case Z_OK where produced > 0 || stream.avail_in > 0: continue
      default: throw .malformedContent
      }
    }
  }
}
