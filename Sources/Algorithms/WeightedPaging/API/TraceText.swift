import AlgorithmInterface
import Tensors
import WeightedPaging

/// Traces as text, one page a line.
enum TraceText {
  /// The longest line taken: the longest page name of a session.
  static let longestLine = 256

  /// Page numbers; names become numbers by first appearance when any line is not a whole number.
  static func numbers(_ text: SharedBytes) throws(RequestRejection) -> [Int64] {
    let lines = text.withUnsafeBytes { bytes in split(bytes) }
    guard !lines.isEmpty else {
      throw RequestRejection(.input("trace", "is empty: expected one page a line"))
    }
    if let long = lines.firstIndex(where: { $0.count > longestLine }) {
      throw RequestRejection(
        .input("trace", at: [long], "is longer than \(longestLine) bytes"))
    }
    return text.withUnsafeBytes { bytes in
      var numbers: [Int64] = []
      numbers.reserveCapacity(lines.count)
      for line in lines {
        guard let number = whole(bytes[line]) else { return named(bytes, lines) }
        numbers.append(number)
      }
      return numbers
    }
  }

  private static func named(
    _ bytes: UnsafeRawBufferPointer, _ lines: [Range<Int>]
  ) -> [Int64] {
    let names = lines.map { String(decoding: bytes[$0], as: UTF8.self) }
    return PagingTrace(names: names).requests.map(Int64.init)
  }

  /// The non-empty lines without spaces, tabs and carriage returns around them.
  private static func split(_ bytes: UnsafeRawBufferPointer) -> [Range<Int>] {
    var lines: [Range<Int>] = []
    var start = 0
    func close(_ end: Int) {
      var (low, high) = (start, end)
      while low < high, isBlank(bytes[low]) { low += 1 }
      while low < high, isBlank(bytes[high - 1]) { high -= 1 }
      if low < high { lines.append(low..<high) }
    }
    for i in bytes.indices where bytes[i] == UInt8(ascii: "\n") {
      close(i)
      start = i + 1
    }
    close(bytes.count)
    return lines
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
