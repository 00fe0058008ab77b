import CZlib
package import HTTP

/// gzip and deflate of whole bodies by zlib, level 1: 80 MB/s on matrices as JSON, to about half
/// their size; level 6 would take seven times as long for a tenth less.
package enum ContentEncoder {
  /// The coded bytes; nil where zlib has no memory or the result would not be smaller.
  package static func encode(_ bytes: UnsafeRawBufferPointer, _ coding: ContentCoding) -> [UInt8]? {
    guard coding != .identity, bytes.count <= Int(UInt32.max) else { return nil }
    var stream = z_stream()
    guard czlib_deflate_init(&stream, 1, coding == .gzip ? 31 : 15) == Z_OK else { return nil }
    defer { deflateEnd(&stream) }
    let room = Int(deflateBound(&stream, UInt(bytes.count)))
    let coded = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
      stream.next_in = UnsafeMutablePointer(
        mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
      stream.avail_in = UInt32(bytes.count)
      stream.next_out = buffer.baseAddress
      stream.avail_out = UInt32(buffer.count)
      count = deflate(&stream, Z_FINISH) == Z_STREAM_END ? buffer.count - Int(stream.avail_out) : 0
    }
    return coded.isEmpty || coded.count >= bytes.count ? nil : coded
  }
}
