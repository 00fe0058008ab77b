import AlgorithmInterface
import Tensors
import WeightedPaging

/// Traces as text, one page a line, gzipped or not.
enum TraceText {
  /// The longest line taken: the longest page name of a session.
  static let longestLine = 256
  /// Lines taken at most.
  static let mostLines = 1 << 26

  /// Page numbers; names become numbers by first appearance when any line is not a whole number.
  static func numbers(_ text: SharedBytes) throws(RequestRejection) -> [Int64] {
    guard Gzip.begins(text) else { return try plain(text) }
    let contents: [UInt8]
    do { contents = try Gzip.decoded(text) } catch {
      throw RequestRejection(.input("trace", "is gzip that cannot be read: \(error)"))
    }
    return try plain(SharedBytes(contents))
  }

  private static func plain(_ text: SharedBytes) throws(RequestRejection) -> [Int64] {
    var numbers: [Int64] = []
    let areNumbers = try text.withUnsafeBytes { (bytes) throws(RequestRejection) in
      try forEachLine(bytes) { (line, _) throws(RequestRejection) in
        guard let number = whole(line) else { return false }
        numbers.append(number)
        return true
      }
    }
    if !areNumbers { numbers = try named(text) }
    guard !numbers.isEmpty else {
      throw RequestRejection(.input("trace", "is empty: expected one page a line"))
    }
    return numbers
  }

  private static func named(_ text: SharedBytes) throws(RequestRejection) -> [Int64] {
    var index: [PageID: Int64] = [:]
    var numbers: [Int64] = []
    _ = try text.withUnsafeBytes { (bytes) throws(RequestRejection) in
      try forEachLine(bytes) { (line, number) throws(RequestRejection) in
        guard let name = String(validating: line, as: UTF8.self) else {
          throw RequestRejection(.input("trace", at: [number], "is not UTF-8"))
        }
        let new = Int64(index.count)
        let page = index[.string(name)] ?? new
        if page == new { index[.string(name)] = new }
        numbers.append(page)
        return true
      }
    }
    return numbers
  }

  /// Hands over the non-empty lines, without spaces, tabs and carriage returns around them, until
  /// the body says false; whether it never did.
  private static func forEachLine(
    _ bytes: UnsafeRawBufferPointer,
    _ body: (Slice<UnsafeRawBufferPointer>, Int) throws(RequestRejection) -> Bool
  ) throws(RequestRejection) -> Bool {
    var (start, count) = (0, 0)
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      var (low, high) = (start, end)
      start = end + 1
      while low < high, isBlank(bytes[low]) { low += 1 }
      while low < high, isBlank(bytes[high - 1]) { high -= 1 }
      guard low < high else { continue }
      guard high - low <= longestLine else {
        throw RequestRejection(
          .input("trace", at: [count], "is longer than \(longestLine) bytes"))
      }
      guard count < mostLines else {
        throw RequestRejection(.input("trace", "has more than \(mostLines) lines"))
      }
      if try !body(bytes[low..<high], count) { return false }
      count += 1
    }
    return true
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 13 }

  private static func whole(_ text: Slice<UnsafeRawBufferPointer>) -> Int64? {
    var value: Int64 = 0
    var digits = text
    let negative = text.first == UInt8(ascii: "-")
    if negative { digits = digits.dropFirst() }
    guard !digits.isEmpty, digits.count <= 18 else { return nil }
    for byte in digits {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      value = value * 10 + Int64(byte - UInt8(ascii: "0"))
    }
    return negative ? -value : value
  }
}
