import CZlib

/// Zip archives with any mistake that a test asks for, built field by field (APPNOTE 6.3).
struct ZipBuilder {
  struct Member {
    var name: [UInt8]
    var data: [UInt8]
    var isDeflated = false
    var method: UInt16?
    var flags: UInt16 = 0
    /// Whether the sizes stand behind the data and the local header has zeros (bit 3).
    var hasDescriptor = false
    var checksum: UInt32?
    var decodedCount: UInt32?
    var storedCount: UInt32?
    var localName: [UInt8]?
    /// A local header shared with the member before: an overlap.
    var sharesOffset = false
    /// Bytes behind the deflate stream, counted with it.
    var junk: [UInt8] = []

    init(_ name: String, _ data: [UInt8]) {
      self.name = Array(name.utf8)
      self.data = data
    }
  }

  var members: [Member] = []
  var comment: [UInt8] = []
  var prefix: [UInt8] = []
  var countDifference = 0
  var offsetDifference = 0
  /// A number of this part other than 0: an archive in several parts.
  var part: UInt16 = 0

  func build() -> [UInt8] {
    var bytes = prefix
    var directory: [UInt8] = []
    var offset = 0
    for member in members {
      let packed = (member.isDeflated ? Self.deflated(member.data) : member.data) + member.junk
      let method = member.method ?? (member.isDeflated ? 8 : 0)
      let checksum = member.checksum ?? UInt32(crc32_z(0, member.data, member.data.count))
      let sizes = [
        member.storedCount ?? UInt32(packed.count),
        member.decodedCount ?? UInt32(member.data.count),
      ]
      let flags = member.flags | (member.hasDescriptor ? 8 : 0)
      let common = Self.u16(20) + Self.u16(flags) + Self.u16(method) + Self.u32(0)
      let honest = Self.u32(checksum) + sizes.flatMap(Self.u32)
      let name = member.localName ?? member.name
      if !member.sharesOffset { offset = bytes.count }
      bytes += Self.u32(0x0403_4b50) + common
      bytes += member.hasDescriptor ? Array(repeating: 0, count: 12) : honest
      bytes += Self.u16(UInt16(name.count)) + Self.u16(0) + name + packed
      if member.hasDescriptor { bytes += Self.u32(0x0807_4b50) + honest }
      directory += Self.u32(0x0201_4b50) + Self.u16(20) + common + honest
      directory += Self.u16(UInt16(member.name.count)) + Array(repeating: 0, count: 12)
      directory += Self.u32(UInt32(offset)) + member.name
    }
    let start = bytes.count
    bytes += directory
    bytes += Self.u32(0x0605_4b50) + Self.u16(part) + Self.u16(part)
    let count = UInt16(members.count + countDifference)
    bytes += Self.u16(count) + Self.u16(count) + Self.u32(UInt32(directory.count))
    bytes += Self.u32(UInt32(start + offsetDifference)) + Self.u16(UInt16(comment.count)) + comment
    return bytes
  }

  /// A raw deflate stream.
  static func deflated(_ data: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    let version = ZLIB_VERSION
    deflateInit2_(
      &stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY, version,
      Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&stream) }
    var input = data
    return [UInt8](unsafeUninitializedCapacity: data.count + data.count / 100 + 64) { out, count in
      input.withUnsafeMutableBufferPointer { input in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = out.baseAddress
        stream.avail_out = UInt32(out.count)
        deflate(&stream, Z_FINISH)
        count = Int(stream.total_out)
      }
    }
  }

  private static func u16(_ value: UInt16) -> [UInt8] {
    [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
  }

  private static func u32(_ value: UInt32) -> [UInt8] {
    u16(UInt16(truncatingIfNeeded: value)) + u16(UInt16(truncatingIfNeeded: value >> 16))
  }
}
