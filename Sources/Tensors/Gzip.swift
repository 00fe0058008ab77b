import CZlib

/// gzip files (RFC 1952), whole, bounded in size and growth.
public enum Gzip {
  /// What a file may grow to for each byte of it, once that is more than 1 MB.
  private static let ratio = 100
  private static let ratioFrom = 1 << 20

  /// Whether the bytes begin as a gzip member does (deflate is its one method).
  public static func begins(_ bytes: SharedBytes) -> Bool {
    bytes.withUnsafeBytes { $0.starts(with: [0x1F, 0x8B, 8]) }
  }

  /// The contents of all members, one behind the other. Checked against their CRC-32.
  ///
  /// - Parameter limit: bytes that come out at most; by default those of `TensorLimits`.
  /// - Throws: `badArchive` where a stream is damaged, cut or followed by something else,
  ///   `decodedTooLarge` past the limit or 100 bytes a byte.
  public static func decoded(
    _ bytes: SharedBytes, limit: Int = TensorLimits().decodedBytes
  ) throws(TensorError) -> [UInt8] {
    try bytes.withUnsafeBytes { (raw) throws(TensorError) in try decoded(raw, limit: limit) }
  }

  private static func decoded(
    _ input: UnsafeRawBufferPointer, limit: Int
  ) throws(TensorError) -> [UInt8] {
    guard input.count <= Int(UInt32.max) else { throw .decodedTooLarge(limit: limit) }
    let bound = min(limit, max(ratioFrom, input.count * ratio))
    var stream = z_stream()
    // 16 more than the window's bits: gzip around the stream, and nothing else.
    guard
      inflateInit2_(
        &stream, MAX_WBITS + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw .badArchive(reason: "zlib has no memory") }
    defer { inflateEnd(&stream) }
    stream.next_in = UnsafeMutablePointer(
      mutating: input.assumingMemoryBound(to: UInt8.self).baseAddress)
    stream.avail_in = UInt32(input.count)
    var contents: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let (status, produced) = chunk.withUnsafeMutableBufferPointer { room in
        stream.next_out = room.baseAddress
        stream.avail_out = UInt32(room.count)
        let status = inflate(&stream, Z_NO_FLUSH)
        return (status, room.count - Int(stream.avail_out))
      }
      contents += chunk[..<produced]
      guard contents.count <= bound else { throw .decodedTooLarge(limit: bound) }
      switch status {
      case Z_STREAM_END:
        if stream.avail_in == 0 { return contents }
        guard inflateReset(&stream) == Z_OK else {
          throw .badArchive(reason: "the gzip stream is damaged")
        }
      case Z_OK where produced > 0 || stream.avail_in > 0: continue
      default: throw .badArchive(reason: "the gzip stream is damaged or cut short")
      }
    }
  }
}
