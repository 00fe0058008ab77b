import CZlib
import JSON

/// The directory of a zip archive (PKWARE APPNOTE 6.3), read strictly: one part, no encryption,
/// members stored or deflated that neither overlap nor reach beyond the file.
struct ZipArchive {
  /// One member, as the central directory describes it.
  struct Entry {
    var name: String
    var isDeflated: Bool
    var checksum: UInt32
    /// Its bytes in the archive.
    var range: Range<Int>
    /// Its bytes once decoded.
    var decodedCount: Int
  }

  private let bytes: SharedBytes
  private(set) var entries: [Entry] = []

  /// Reads the central directory, and of each member its local header.
  init(_ bytes: SharedBytes, limits: TensorLimits) throws(TensorError) {
    self.bytes = bytes
    entries = try bytes.withUnsafeBytes { (raw) throws(TensorError) in
      var reader = ZipDirectoryReader(raw, limits: limits)
      return try reader.entries()
    }
    var total = 0
    for entry in entries {
      let (sum, overflow) = total.addingReportingOverflow(entry.decodedCount)
      guard !overflow, sum <= limits.decodedBytes else {
        throw .decodedTooLarge(limit: limits.decodedBytes)
      }
      total = sum
    }
  }

  /// The decoded bytes of a member, checked against its size and CRC-32. A stored one is a view.
  func contents(of entry: Entry) throws(TensorError) -> SharedBytes {
    let stored = bytes[entry.range]
    let contents = entry.isDeflated ? SharedBytes(try inflated(stored, entry)) : stored
    let checksum = contents.withUnsafeBytes { Self.checksum(of: [$0]) }
    guard checksum == entry.checksum else { throw .wrongChecksum(name: entry.name) }
    return contents
  }

  /// The CRC-32 of parts behind each other.
  static func checksum(of parts: [UnsafeRawBufferPointer]) -> UInt32 {
    var sum = crc32_z(0, nil, 0)
    for part in parts where !part.isEmpty {
      sum = crc32_z(sum, part.assumingMemoryBound(to: UInt8.self).baseAddress, part.count)
    }
    return UInt32(truncatingIfNeeded: sum)
  }

  /// Inflates a raw deflate stream that must give exactly the promised bytes and end there.
  private func inflated(_ stored: SharedBytes, _ entry: Entry) throws(TensorError) -> [UInt8] {
    func bad(_ what: String) -> TensorError {
      .badArchive(reason: "the member \"\(entry.name.clipped)\" \(what)")
    }
    // Deflate gives at most 1032 bytes a byte (a match of 258 in two bits): a larger promise is
    // a lie, and memory is not taken for it.
    guard entry.decodedCount / 1032 <= stored.count else {
      throw bad("promises more bytes than its data can hold")
    }
    var status = Z_OK
    let decoded = [UInt8](unsafeUninitializedCapacity: entry.decodedCount) { memory, count in
      stored.withUnsafeBytes { input in
        (status, count) = Self.inflate(input, into: memory)
      }
    }
    guard status == Z_STREAM_END, decoded.count == entry.decodedCount else {
      throw bad("does not decode to the \(entry.decodedCount) bytes that it promises")
    }
    return decoded
  }

  /// zlib's inflate over the whole input; its last status (Z_STREAM_END only when input and output
  /// are both used up) and the bytes written.
  private static func inflate(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<UInt8>
  ) -> (Int32, Int) {
    var stream = z_stream()
    guard
      inflateInit2_(
        &stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return (Z_MEM_ERROR, 0) }
    defer { inflateEnd(&stream) }
    // zlib counts in 32 bits, so both sides are handed over in parts.
    let part = 1 << 30
    var (read, written) = (0, 0)
    // One byte of its own, so that a stream longer than promised is seen.
    var beyond: UInt8 = 0
    return withUnsafeMutablePointer(to: &beyond) { beyond in
      while true {
        let (inCount, outCount) = (min(part, input.count - read), min(part, output.count - written))
        stream.next_in = UnsafeMutablePointer(
          mutating: input.assumingMemoryBound(to: UInt8.self).baseAddress.map { $0 + read })
        stream.avail_in = UInt32(inCount)
        let isFull = outCount == 0
        stream.next_out = isFull ? beyond : output.baseAddress.map { $0 + written }
        stream.avail_out = isFull ? 1 : UInt32(outCount)
        let status = CZlib.inflate(&stream, Z_NO_FLUSH)
        let consumed = inCount - Int(stream.avail_in)
        let produced = (isFull ? 1 : outCount) - Int(stream.avail_out)
        read += consumed
        if isFull && produced > 0 { return (Z_DATA_ERROR, written) }
        written += produced
        if status == Z_STREAM_END { return (read == input.count ? status : Z_DATA_ERROR, written) }
        if status != Z_OK || consumed + produced == 0 { return (status, written) }
      }
    }
  }
}
