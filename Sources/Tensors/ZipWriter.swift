/// Writes a zip archive of stored members (PKWARE APPNOTE 6.3), with zip64 fields only where sizes
/// or offsets ask for them. The same members give the same bytes: the date is always 1980-01-01.
struct ZipWriter {
  private struct Entry {
    let name: [UInt8]
    let checksum: UInt32
    let count: Int
    let offset: Int
  }

  /// What 32 bits do not hold, and the mark of all ones itself.
  static let wideFrom = 0xffff_ffff

  private var bytes: [UInt8] = []
  private var entries: [Entry] = []
  /// Sizes and offsets from here on are written in zip64 fields.
  private let wideFrom: Int

  init(capacity: Int, wideFrom: Int) {
    self.wideFrom = wideFrom
    bytes.reserveCapacity(capacity)
  }

  /// Appends a member of parts behind each other.
  mutating func append(_ name: String, _ parts: [UnsafeRawBufferPointer]) {
    let entry = Entry(
      name: Array(name.utf8), checksum: ZipArchive.checksum(of: parts),
      count: parts.reduce(0) { $0 + $1.count }, offset: bytes.count)
    entries.append(entry)
    let isWide = entry.count >= wideFrom
    put(0x0403_4b50 as UInt32)
    putCommon(entry, isWide: isWide)
    put(UInt16(entry.name.count))
    put(UInt16(isWide ? 20 : 0))
    bytes += entry.name
    if isWide { putWide([entry.count, entry.count]) }
    for part in parts { bytes.append(contentsOf: part) }
  }

  /// The archive, once all members are in.
  consuming func finish() -> [UInt8] {
    let start = bytes.count
    for entry in entries { putDirectory(entry) }
    let size = bytes.count - start
    if entries.count >= 0xffff || start >= wideFrom || size >= wideFrom {
      putWideEnd(start: start, size: size)
    }
    put(0x0605_4b50 as UInt32)
    put(0 as UInt32)  // this part and the directory's part
    put(UInt16(clamping: entries.count))
    put(UInt16(clamping: entries.count))
    put(size >= wideFrom ? .max : UInt32(size))
    put(start >= wideFrom ? .max : UInt32(start))
    put(0 as UInt16)  // no comment
    return bytes
  }

  /// What local header and directory entry share: version needed to compressed sizes.
  private mutating func putCommon(_ entry: Entry, isWide: Bool) {
    put(UInt16(isWide ? 45 : 20))
    put(0x0800 as UInt16)  // bit 11: the name is UTF-8
    put(0 as UInt16)  // stored
    put(0 as UInt16)  // midnight
    put(0x0021 as UInt16)  // 1980-01-01
    put(entry.checksum)
    put(isWide ? .max : UInt32(entry.count))
    put(isWide ? .max : UInt32(entry.count))
  }

  private mutating func putDirectory(_ entry: Entry) {
    let isWide = entry.count >= wideFrom
    let isFar = entry.offset >= wideFrom
    let sizes = (isWide ? [entry.count, entry.count] : []) + (isFar ? [entry.offset] : [])
    put(0x0201_4b50 as UInt32)
    put(45 as UInt16)  // made by version 4.5 on any system
    putCommon(entry, isWide: isWide)
    put(UInt16(entry.name.count))
    put(UInt16(sizes.isEmpty ? 0 : 4 + 8 * sizes.count))
    put(0 as UInt16)  // no comment
    put(0 as UInt16)  // part
    put(0 as UInt16)  // internal attributes
    put(0 as UInt32)  // external attributes
    put(isFar ? .max : UInt32(entry.offset))
    bytes += entry.name
    if !sizes.isEmpty { putWide(sizes) }
  }

  private mutating func putWide(_ sizes: [Int]) {
    put(1 as UInt16)
    put(UInt16(8 * sizes.count))
    for size in sizes { put(UInt64(size)) }
  }

  private mutating func putWideEnd(start: Int, size: Int) {
    let record = bytes.count
    put(0x0606_4b50 as UInt32)
    put(44 as UInt64)  // the size of what follows
    put(45 as UInt16)
    put(45 as UInt16)
    put(0 as UInt32)
    put(0 as UInt32)
    put(UInt64(entries.count))
    put(UInt64(entries.count))
    put(UInt64(size))
    put(UInt64(start))
    put(0x0706_4b50 as UInt32)
    put(0 as UInt32)
    put(UInt64(record))
    put(1 as UInt32)
  }

  private mutating func put(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }
}
