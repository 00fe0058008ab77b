import JSON

/// Reads the central directory of a zip archive (PKWARE APPNOTE 6.3, section 4.3). Numbers of
/// sections are those of the note.
struct ZipDirectoryReader {
  private static let endMark: UInt32 = 0x0605_4b50
  private static let wideEndMark: UInt32 = 0x0606_4b50
  private static let wideLocatorMark: UInt32 = 0x0706_4b50
  private static let entryMark: UInt32 = 0x0201_4b50
  private static let localMark: UInt32 = 0x0403_4b50

  private let raw: UnsafeRawBufferPointer
  private let limits: TensorLimits

  init(_ raw: UnsafeRawBufferPointer, limits: TensorLimits) {
    self.raw = raw
    self.limits = limits
  }

  /// The members in the order of the directory.
  mutating func entries() throws(TensorError) -> [ZipArchive.Entry] {
    guard raw.count >= 4, raw.starts(with: [0x50, 0x4b]) else { throw .wrongMagic(format: .npz) }
    let end = try endRecord()
    let directory = try directory(end)
    var entries: [ZipArchive.Entry] = []
    var spans: [(range: Range<Int>, name: String)] = []
    var offset = directory.range.lowerBound
    while offset < directory.range.upperBound {
      guard entries.count < limits.tensors else { throw .tooManyTensors(limit: limits.tensors) }
      let (entry, local, length) = try entry(at: offset, in: directory.range)
      entries.append(entry)
      spans.append((local..<entry.range.upperBound, entry.name))
      offset += length
    }
    guard entries.count == directory.count else {
      throw Self.bad("its directory has \(entries.count) members, not \(directory.count)")
    }
    spans.sort { $0.range.lowerBound < $1.range.lowerBound }
    for (before, after) in zip(spans, spans.dropFirst())
    where before.range.upperBound > after.range.lowerBound {
      throw Self.bad("the member \"\(after.name.clipped)\" overlaps another")
    }
    return entries
  }

  private static func bad(_ reason: String) -> TensorError { .badArchive(reason: reason) }

  private func u16(_ offset: Int) -> Int { Int(raw.littleEndian(at: offset, as: UInt16.self)) }
  private func u32(_ offset: Int) -> UInt32 { raw.littleEndian(at: offset, as: UInt32.self) }
  private func u64(_ offset: Int) throws(TensorError) -> Int {
    guard let value = Int(exactly: raw.littleEndian(at: offset, as: UInt64.self)) else {
      throw Self.bad("a size does not fit 63 bits")
    }
    return value
  }

  /// The offset of the end record (4.3.16), which a comment of up to 64 KiB may follow.
  private func endRecord() throws(TensorError) -> Int {
    let size = 22
    guard raw.count >= size else { throw Self.bad("it has no end record") }
    let first = max(0, raw.count - size - Int(UInt16.max))
    for offset in stride(from: raw.count - size, through: first, by: -1)
    where u32(offset) == Self.endMark && offset + size + u16(offset + 20) == raw.count {
      return offset
    }
    throw Self.bad("it has no end record")
  }

  /// Where the directory lies and how many members it has, by the end record or, where that holds
  /// all ones, by the zip64 end record (4.3.14).
  private func directory(_ end: Int) throws(TensorError) -> (range: Range<Int>, count: Int) {
    guard u16(end + 4) == 0, u16(end + 6) == 0 else { throw Self.bad("it has several parts") }
    var count = u16(end + 10)
    var size = Int(u32(end + 12))
    var start = Int(u32(end + 16))
    var behind = end
    if count == 0xffff || size == 0xffff_ffff || start == 0xffff_ffff,
      end >= 20, u32(end - 20) == Self.wideLocatorMark
    {
      let wide = try u64(end - 20 + 8)
      guard wide <= end - 20 - 56, u32(wide) == Self.wideEndMark else {
        throw Self.bad("its zip64 end record is not where the locator says")
      }
      guard u32(wide + 16) == 0, u32(wide + 20) == 0 else { throw Self.bad("it has several parts") }
      count = try u64(wide + 32)
      size = try u64(wide + 40)
      start = try u64(wide + 48)
      behind = wide
    }
    // Bytes before the archive (a self-extracting program) would shift every offset: refused.
    guard start <= behind, size == behind - start else {
      throw Self.bad("its directory is not where the end record says")
    }
    return (start..<behind, count)
  }

  /// The member whose directory entry (4.3.12) is at an offset; where its local header starts, and
  /// the length of the directory entry.
  private func entry(
    at offset: Int, in directory: Range<Int>
  ) throws(TensorError) -> (ZipArchive.Entry, local: Int, length: Int) {
    let fixed = 46
    guard directory.upperBound - offset >= fixed, u32(offset) == Self.entryMark else {
      throw Self.bad("its directory is cut or holds something else")
    }
    let (nameCount, extraCount) = (u16(offset + 28), u16(offset + 30))
    let length = fixed + nameCount + extraCount + u16(offset + 32)
    guard directory.upperBound - offset >= length else { throw Self.bad("its directory is cut") }
    let nameStart = offset + fixed
    let name = try Self.name(raw[nameStart..<nameStart + nameCount])
    let flags = u16(offset + 8)
    // Bits 0, 6 and 13: encryption (4.4.4).
    guard flags & 0x2041 == 0 else { throw Self.bad("the member \"\(name.clipped)\" is encrypted") }
    let method = u16(offset + 10)
    guard method == 0 || method == 8 else {
      throw Self.bad("the member \"\(name.clipped)\" is compressed by method \(method), not 0 or 8")
    }
    var sizes = [u32(offset + 24), u32(offset + 20), u32(offset + 42)].map(Int.init)
    try widen(&sizes, extra: nameStart + nameCount..<nameStart + nameCount + extraCount)
    let (decoded, stored, local) = (sizes[0], sizes[1], sizes[2])
    let start = try dataStart(local, name: raw[nameStart..<nameStart + nameCount], method: method)
    guard start <= directory.lowerBound, stored <= directory.lowerBound - start else {
      throw Self.bad("the member \"\(name.clipped)\" reaches into the directory")
    }
    guard method == 8 || stored == decoded else {
      throw Self.bad("the stored member \"\(name.clipped)\" has two sizes")
    }
    let entry = ZipArchive.Entry(
      name: name, isDeflated: method == 8, checksum: u32(offset + 16),
      range: start..<start + stored, decodedCount: decoded)
    return (entry, local, length)
  }

  /// Replaces sizes of all ones by those of the zip64 extra field, in its order (4.5.3).
  private func widen(_ sizes: inout [Int], extra: Range<Int>) throws(TensorError) {
    guard sizes.contains(0xffff_ffff) else { return }
    var offset = extra.lowerBound
    while extra.upperBound - offset >= 4 {
      let (id, count) = (u16(offset), u16(offset + 2))
      offset += 4
      guard count <= extra.upperBound - offset else { break }
      if id == 1 {
        var field = offset
        for index in sizes.indices where sizes[index] == 0xffff_ffff {
          guard field + 8 <= offset + count else { throw Self.bad("a zip64 size is missing") }
          sizes[index] = try u64(field)
          field += 8
        }
        return
      }
      offset += count
    }
    throw Self.bad("a zip64 size is missing")
  }

  /// Where the data of a member starts, behind its local header (4.3.7), which must tell the same
  /// name and method as the directory.
  private func dataStart(
    _ local: Int, name: Slice<UnsafeRawBufferPointer>, method: Int
  ) throws(TensorError) -> Int {
    let fixed = 30
    guard local <= raw.count - fixed, u32(local) == Self.localMark else {
      throw Self.bad("a member is not where the directory says")
    }
    let (nameCount, extraCount) = (u16(local + 26), u16(local + 28))
    guard fixed + nameCount + extraCount <= raw.count - local else {
      throw Self.bad("a local header is cut")
    }
    guard u16(local + 8) == method,
      raw[local + fixed..<local + fixed + nameCount].elementsEqual(name)
    else { throw Self.bad("a local header differs from the directory") }
    return local + fixed + nameCount + extraCount
  }

  private static func name(_ bytes: Slice<UnsafeRawBufferPointer>) throws(TensorError) -> String {
    guard let name = String(validating: bytes, as: UTF8.self) else {
      throw bad("a member's name is not valid UTF-8")
    }
    return name
  }
}
