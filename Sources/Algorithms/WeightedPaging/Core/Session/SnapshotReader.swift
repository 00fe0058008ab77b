/// Reads what `SnapshotWriter` wrote. Never past the end, never more memory than bytes.
struct SnapshotReader {
  private let bytes: ArraySlice<UInt8>
  private var position: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  var isAtEnd: Bool { position == bytes.endIndex }

  mutating func integer<Integer: FixedWidthInteger>(
    _ type: Integer.Type
  ) throws(PagingSnapshotError) -> Integer {
    let size = MemoryLayout<Integer>.size
    guard bytes.endIndex - position >= size else { throw .damaged("it ends too early") }
    var value: Integer = 0
    for i in 0..<size {
      value |= Integer(truncatingIfNeeded: bytes[position + i]) << Integer(8 * i)
    }
    position += size
    return value
  }

  mutating func int() throws(PagingSnapshotError) -> Int { Int(try integer(Int64.self)) }

  mutating func int(in range: ClosedRange<Int>, _ name: String) throws(PagingSnapshotError) -> Int {
    let value = try int()
    guard range.contains(value) else { throw .damaged("\(name) is out of range") }
    return value
  }

  mutating func double() throws(PagingSnapshotError) -> Double {
    Double(bitPattern: try integer(UInt64.self))
  }

  mutating func finite(
    _ range: ClosedRange<Double>, _ name: String
  ) throws(PagingSnapshotError) -> Double {
    let value = try double()
    guard range.contains(value) else { throw .damaged("\(name) is out of range") }
    return value
  }

  mutating func bool() throws(PagingSnapshotError) -> Bool {
    switch try integer(UInt8.self) {
    case 0: false
    case 1: true
    default: throw .damaged("a flag is neither 0 nor 1")
    }
  }

  mutating func text() throws(PagingSnapshotError) -> String {
    let bytes = try list(UInt8.self)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .damaged("a name is not UTF-8")
    }
    return text
  }

  mutating func list<Integer: FixedWidthInteger>(
    _ type: Integer.Type
  ) throws(PagingSnapshotError) -> [Integer] {
    try list(size: MemoryLayout<Integer>.size) { (reader) throws(PagingSnapshotError) in
      try reader.integer(type)
    }
  }

  mutating func doubles() throws(PagingSnapshotError) -> [Double] {
    try list(size: 8) { (reader) throws(PagingSnapshotError) in try reader.double() }
  }

  /// One page index in `least` ..< `count`.
  mutating func page(below count: Int, least: Int32) throws(PagingSnapshotError) -> Int32 {
    let page = try integer(Int32.self)
    guard page >= least, page < count else { throw .damaged("a page out of range") }
    return page
  }

  /// Page indices below `count`, each at most once.
  mutating func pages(below count: Int, _ name: String) throws(PagingSnapshotError) -> [Int32] {
    let pages = try list(Int32.self)
    var seen = Array(repeating: false, count: count)
    for page in pages {
      guard page >= 0, page < count, !seen[Int(page)] else {
        throw .damaged("\(name) names a page wrongly")
      }
      seen[Int(page)] = true
    }
    return pages
  }

  /// A list whose elements take at least `size` bytes each.
  mutating func list<Element>(
    size: Int, _ read: (inout SnapshotReader) throws(PagingSnapshotError) -> Element
  ) throws(PagingSnapshotError) -> [Element] {
    let count = try int()
    guard count >= 0, count <= (bytes.endIndex - position) / size else {
      throw .damaged("a list is longer than the rest")
    }
    var values: [Element] = []
    values.reserveCapacity(count)
    for _ in 0..<count { values.append(try read(&self)) }
    return values
  }
}
