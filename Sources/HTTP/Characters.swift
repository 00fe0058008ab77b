import Glibc

// Classes of bytes, as two 64-bit masks over ASCII: a test is a shift, and no table has to be
// initialised at run time.

extension UInt8 {
  /// `A`…`Z` become `a`…`z`; other bytes stay.
  @inline(__always) var lowercasedASCII: UInt8 {
    self &- 0x41 < 26 ? self | 0x20 : self
  }

  /// A character of a token: method, field name, parameter name (RFC 9110, section 5.6.2).
  @inline(__always) var isToken: Bool {
    // ! # $ % & ' * + - . 0-9 | A-Z ^ _ ` a-z | ~
    isIn(low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE)
  }

  /// A character of a field value: visible, obs-text, space or tab (RFC 9110, section 5.5).
  @inline(__always) var isFieldValue: Bool {
    (self >= 0x20 && self != 0x7F) || self == 0x09
  }

  /// A character taken in a request target: any visible ASCII character but `#`. That is wider
  /// than RFC 3986 (`[ ] { } | \ ^ " < >` and backtick pass), because clients send JSON in query
  /// strings as it is; none of these can be mistaken for a delimiter of the request line.
  @inline(__always) var isTarget: Bool { self > 0x20 && self < 0x7F && self != 0x23 }

  /// A character of a registered name or an IPv4 address, percent included (RFC 3986, 3.2.2).
  @inline(__always) var isHostName: Bool {
    // ! $ % & ' ( ) * + , - . 0-9 ; = | A-Z _ a-z ~
    isIn(low: 0x2BFF_7FF2_0000_0000, high: 0x47FF_FFFE_87FF_FFFE)
  }

  /// `0`…`9`
  @inline(__always) var isDigit: Bool { self &- 0x30 < 10 }

  /// Space or tab: optional white space (RFC 9110, section 5.6.3).
  @inline(__always) var isBlank: Bool { self == 0x20 || self == 0x09 }

  /// Value of a hexadecimal digit; nil where it is none.
  @inline(__always) var hexadecimalValue: UInt8? {
    if self &- 0x30 < 10 { return self &- 0x30 }
    let letter = (self | 0x20) &- 0x61
    return letter < 6 ? letter &+ 10 : nil
  }

  @inline(__always) private func isIn(low: UInt64, high: UInt64) -> Bool {
    if self >= 0x80 { return false }
    let mask = self < 0x40 ? low : high
    return mask &>> UInt64(self & 0x3F) & 1 == 1
  }
}

extension UInt64 {
  /// Not zero where one of the eight bytes is below 0x20 or 0x7F, as a tab is too; may be so for the
  /// byte behind such a one. Subtracting from a byte what it is less than borrows into its top bit.
  @inline(__always) fileprivate var unusual: UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let controls = (self &- 0x20 &* ones) & ~self
    let difference = self ^ (0x7F &* ones)
    return (controls | ((difference &- ones) & ~difference)) & (0x80 &* ones)
  }
}

extension Span<UInt8> {
  /// Offset of the first line feed in `range`, nil where there is none.
  func firstLineFeed(in range: Range<Int>) -> Int? {
    extracting(range).withUnsafeBufferPointer { bytes -> Int? in
      guard let base = bytes.baseAddress, let found = memchr(base, 0x0A, bytes.count) else {
        return nil
      }
      return range.lowerBound + (UnsafeRawPointer(found) - UnsafeRawPointer(base))
    }
  }

  /// Offset of the first byte in `range` that no field value may hold, nil where there is none.
  func firstOutsideFieldValue(in range: Range<Int>) -> Int? {
    let value = extracting(range)
    // Values are most of a head: eight bytes are looked at together, the last eight perhaps twice.
    let isPlain = value.withUnsafeBytes { bytes in
      guard bytes.count >= 8 else { return false }
      var found = bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self).unusual
      for offset in stride(from: 0, to: bytes.count - 8, by: 8) {
        found |= bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).unusual
      }
      return found == 0
    }
    if isPlain { return nil }
    for index in 0..<value.count where !value[index].isFieldValue {
      return range.lowerBound + index
    }
    return nil
  }

  /// The bytes in `range` are the letters of `lowercase` in any letter case.
  func equals(_ lowercase: StaticString, in range: Range<Int>) -> Bool {
    guard range.count == lowercase.utf8CodeUnitCount else { return false }
    for index in 0..<range.count
    where self[range.lowerBound + index].lowercasedASCII != (lowercase.utf8Start + index).pointee {
      return false
    }
    return true
  }
}
