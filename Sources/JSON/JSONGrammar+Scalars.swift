extension JSONGrammar {
  /// Reads a literal name (RFC 8259, section 3).
  mutating func word(_ name: StaticString) throws(JSONError) {
    let length = name.utf8CodeUnitCount
    let matches = name.withUTF8Buffer { bytes[position...].starts(with: $0) }
    guard matches, !isWordByte(at: position + length) else {
      throw .syntax(offset: position, reason: "only true, false and null are names")
    }
    position += length
  }

  /// Reads a string, opening quote included; the range of what is between its quotes.
  mutating func string() throws(JSONError) -> Range<Int> {
    let open = position
    position += 1
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return open + 1..<position - 1
      case UInt8(ascii: "\\"): try escape()
      case 0..<0x20:
        throw .syntax(
          offset: position, reason: "a control character in a string belongs escaped")
      default: position += 1
      }
    }
    throw .syntax(offset: open, reason: "the string has no closing quote")
  }

  /// Reads an escape sequence; a surrogate only as half of a pair (RFC 8259, section 8.2).
  private mutating func escape() throws(JSONError) {
    let start = position
    guard position + 1 < bytes.count else {
      throw .syntax(offset: start, reason: "the string has no closing quote")
    }
    switch bytes[position + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      position += 2
    case UInt8(ascii: "u"):
      let unit = try codeUnit()
      switch unit {
      case 0xd800..<0xdc00:
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
          bytes[position + 1] == UInt8(ascii: "u"),
          (0xdc00..<0xe000).contains(try codeUnit())
        else { throw .syntax(offset: start, reason: "a high surrogate stands alone") }
      case 0xdc00..<0xe000:
        throw .syntax(offset: start, reason: "a low surrogate stands alone")
      default: break
      }
    default:
      throw .syntax(offset: start, reason: "there is no such escape sequence")
    }
  }

  /// Reads `\uXXXX`.
  private mutating func codeUnit() throws(JSONError) -> UInt16 {
    let digits = position + 2..<position + 6
    guard digits.upperBound <= bytes.count else {
      throw .syntax(offset: position, reason: "four hexadecimal digits belong after \\u")
    }
    var unit: UInt16 = 0
    for byte in bytes[digits] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw .syntax(offset: position, reason: "four hexadecimal digits belong after \\u")
      }
      unit = unit << 4 | UInt16(digit)
    }
    position = digits.upperBound
    return unit
  }

  /// Reads a number (RFC 8259, section 6).
  mutating func number() throws(JSONError) {
    let start = position
    var isInteger = true
    if bytes[position] == UInt8(ascii: "-") { position += 1 }
    let whole = position
    guard skipDigits() > 0 else {
      throw .syntax(offset: start, reason: "a number needs a digit after its sign")
    }
    if bytes[whole] == UInt8(ascii: "0"), position > whole + 1 {
      throw .syntax(offset: start, reason: "a number does not begin with a zero")
    }
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      guard skipDigits() > 0 else {
        throw .syntax(offset: start, reason: "a number needs a digit after its decimal point")
      }
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      position += 1
      if position < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[position]) {
        position += 1
      }
      guard skipDigits() > 0 else {
        throw .syntax(offset: start, reason: "a number needs a digit in its exponent")
      }
    }
    guard !isWordByte(at: position) else {
      throw .syntax(offset: position, reason: "this byte does not belong in a number")
    }
    try weigh(start..<position, isInteger: isInteger)
  }

  /// Refuses a number beyond Double, and notes an integer that simdjson does not keep as it is.
  private mutating func weigh(_ range: Range<Int>, isInteger: Bool) throws(JSONError) {
    let text = String(decoding: bytes[range], as: UTF8.self)
    guard let value = Double(text), value.isFinite else {
      throw .numberOutOfRange(offset: range.lowerBound, pointer: pointer)
    }
    guard isInteger else { return }
    let isKept = Int64(text) != nil || (UInt64(text) != nil && value > 0)
    if !isKept || text == "-0" { edits.append(range.upperBound) }
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while position < bytes.count,
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position])
    {
      position += 1
    }
    return position - start
  }

  /// Whether a byte would glue to the scalar before it.
  private func isWordByte(at offset: Int) -> Bool {
    guard offset < bytes.count else { return false }
    switch bytes[offset] {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."), UInt8(ascii: "+"),
      UInt8(ascii: "-"), UInt8(ascii: "_"), 0x80...:
      return true
    default: return false
    }
  }
}
