/// What single fields of a head must look like.
enum FieldRules {
  /// `uri-host [":" port]` (RFC 9110, section 7.2); empty is allowed, since the URI may have no
  /// authority.
  static func isHost(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    var position = range.lowerBound
    if position < range.upperBound, bytes[position] == 0x5B {
      position += 1
      let start = position
      while position < range.upperBound, bytes[position] != 0x5D {
        let byte = bytes[position]
        guard byte.isHostName || byte == 0x3A, byte != 0x25 else { return false }
        position += 1
      }
      guard position < range.upperBound, position > start else { return false }
      position += 1
    } else {
      while position < range.upperBound, bytes[position].isHostName { position += 1 }
    }
    guard position < range.upperBound else { return true }
    guard bytes[position] == 0x3A, position > range.lowerBound, range.upperBound - position <= 6
    else { return false }
    for index in (position + 1)..<range.upperBound where !bytes[index].isDigit { return false }
    return true
  }

  /// One plain decimal number (RFC 9110, section 8.6). A list is refused even when its members are
  /// equal; nil also where it does not fit 63 bits.
  static func contentLength(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
    guard !range.isEmpty else { return nil }
    var value = 0
    for index in range {
      let digit = bytes[index] &- 0x30
      guard digit < 10 else { return nil }
      let (product, wide) = value.multipliedReportingOverflow(by: 10)
      let (sum, wider) = product.addingReportingOverflow(Int(digit))
      guard !wide, !wider else { return nil }
      value = sum
    }
    return value
  }

  /// Calls `body` with each non-empty member of a comma-separated list, blanks trimmed.
  static func forEachMember(
    _ bytes: Span<UInt8>, _ range: Range<Int>, _ body: (Range<Int>) -> Void
  ) {
    var start = range.lowerBound
    while start <= range.upperBound {
      var end = start
      while end < range.upperBound, bytes[end] != 0x2C { end += 1 }
      let member = trimmed(bytes, start..<end)
      if !member.isEmpty { body(member) }
      start = end + 1
    }
  }

  /// `range` without blanks at its ends.
  static func trimmed(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
    var start = range.lowerBound
    var end = range.upperBound
    while start < end, bytes[start].isBlank { start += 1 }
    while end > start, bytes[end - 1].isBlank { end -= 1 }
    return start..<end
  }
}
