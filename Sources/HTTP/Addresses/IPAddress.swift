/// An IPv4 or IPv6 address, without port or zone.
///
/// An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) is that IPv4 address, so that a client has
/// one address however its listener was opened.
public struct IPAddress: Sendable, Hashable {
  /// Which kind it is.
  public enum Family: Sendable, Hashable { case v4, v6 }

  /// Which kind it is.
  public let family: Family
  /// The bits, the last one lowest: 32 of them in IPv4.
  let bits: UInt128

  init(family: Family, bits: UInt128) {
    self.family = family
    self.bits = bits
  }

  /// The IPv4 address of these 32 bits, the first number in the highest eight.
  public init(v4 bits: UInt32) {
    self.init(family: .v4, bits: UInt128(bits))
  }

  /// The address of these 128 bits. One that stands for an IPv4 address (`::ffff:192.0.2.1`, a client
  /// of a listener for both) is that address.
  public init(v6 bits: UInt128) {
    let isMapped = bits >> 32 == 0xFFFF
    self.init(family: isMapped ? .v4 : .v6, bits: isMapped ? bits & 0xFFFF_FFFF : bits)
  }

  /// Reads `192.0.2.1` or `2001:db8::1`; nil where the text is anything else, such as a number
  /// with leading zeros, a zone or a port.
  public init?(_ text: some StringProtocol) {
    if let number = Self.v4(text) {
      self.init(v4: number)
    } else if let bits = Self.v6(Substring(text)) {
      self.init(v6: bits)
    } else {
      return nil
    }
  }

  /// 127.0.0.0/8 or ::1.
  public var isLoopback: Bool {
    family == .v4 ? bits >> 24 == 127 : bits == 1
  }

  /// What one client is taken for where requests are counted: the address itself in IPv4, the /64
  /// in IPv6, because whoever has one address of a /64 has them all (RFC 6177).
  public var subscriber: IPAddress {
    family == .v4 ? self : IPAddress(family: .v6, bits: (bits >> 64) << 64)
  }

  /// Four decimal numbers (RFC 3986, dec-octet).
  private static func v4(_ text: some StringProtocol) -> UInt32? {
    var address: UInt32 = 0
    var number: UInt32 = 0
    var digits = 0
    var dots = 0
    for byte in text.utf8 {
      if byte == 0x2E {
        guard digits > 0, dots < 3 else { return nil }
        address = address << 8 | number
        (number, digits) = (0, 0)
        dots += 1
      } else {
        // A zero stands alone.
        guard byte.isDigit, digits == 0 || number > 0 else { return nil }
        number = number * 10 + UInt32(byte - 0x30)
        guard number <= 255 else { return nil }
        digits += 1
      }
    }
    return dots == 3 && digits > 0 ? address << 8 | number : nil
  }

  /// Eight groups, or fewer around one `::` (RFC 4291, section 2.2).
  private static func v6(_ text: Substring) -> UInt128? {
    guard text.utf8.count <= 45 else { return nil }
    let all: [UInt16]
    if let gap = text.firstRange(of: "::") {
      let before = text[..<gap.lowerBound]
      guard !before.contains("."), let left = groups(before),
        let right = groups(text[gap.upperBound...]), left.count + right.count <= 7
      else { return nil }
      all = left + Array(repeating: 0, count: 8 - left.count - right.count) + right
    } else {
      guard let groups = groups(text), groups.count == 8 else { return nil }
      all = groups
    }
    return all.reduce(UInt128(0)) { $0 << 16 | UInt128($1) }
  }

  /// Groups between colons, the last of which may be an IPv4 address.
  private static func groups(_ text: Substring) -> [UInt16]? {
    guard !text.isEmpty else { return [] }
    var groups: [UInt16] = []
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      if index == parts.count - 1, let number = v4(part) {
        groups += [UInt16(number >> 16), UInt16(truncatingIfNeeded: number)]
        continue
      }
      let digits = part.utf8.compactMap(\.hexadecimalValue)
      guard (1...4).contains(digits.count), digits.count == part.utf8.count else { return nil }
      groups.append(digits.reduce(UInt16(0)) { $0 << 4 | UInt16($1) })
    }
    return groups
  }
}

extension IPAddress: CustomStringConvertible {
  /// The canonical text (RFC 5952).
  public var description: String {
    if family == .v4 { return Self.text(v4: UInt32(truncatingIfNeeded: bits)) }
    let groups = (0..<8).map { UInt16(truncatingIfNeeded: bits >> (112 - 16 * $0)) }
    var gap = 0..<0
    var start = 0
    while start < 8 {
      let end = groups[start...].firstIndex { $0 != 0 } ?? 8
      if end - start > max(gap.count, 1) { gap = start..<end }
      start = max(end, start + 1)
    }
    func text(_ part: ArraySlice<UInt16>) -> String {
      part.map { String($0, radix: 16) }.joined(separator: ":")
    }
    if gap.isEmpty { return text(groups[...]) }
    return "\(text(groups[..<gap.lowerBound]))::\(text(groups[gap.upperBound...]))"
  }

  /// Digit by digit: each connection's client is written so, and to join texts, or `inet_ntop`, is a
  /// seventh of what a connection costs here.
  private static func text(v4 bits: UInt32) -> String {
    String(unsafeUninitializedCapacity: 15) { text in
      var count = 0
      func put(_ byte: UInt8) {
        text.initializeElement(at: count, to: byte)
        count += 1
      }
      for shift in stride(from: UInt32(24), through: 0, by: -8) {
        let number = UInt8(truncatingIfNeeded: bits >> shift)
        if number >= 100 { put(0x30 + number / 100) }
        if number >= 10 { put(0x30 + number / 10 % 10) }
        put(0x30 + number % 10)
        if shift > 0 { put(0x2E) }
      }
      return count
    }
  }
}
