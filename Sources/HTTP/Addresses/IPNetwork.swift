/// The addresses that begin with the same bits: `192.0.2.0/24`, `2001:db8::/32`, or one address.
public struct IPNetwork: Sendable, Hashable {
  private let address: IPAddress
  /// Bits behind the prefix.
  private let free: Int

  /// Reads an address, or an address and the length of its prefix (CIDR, RFC 4632); nil where the
  /// text is neither. Bits behind the prefix do not count.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = IPAddress(parts[0]) else { return nil }
    let width = address.family == .v4 ? 32 : 128
    var length = width
    if parts.count == 2 {
      guard (1...3).contains(parts[1].utf8.count),
        parts[1].utf8.allSatisfy(\.isDigit), let number = Int(parts[1])
      else { return nil }
      // An IPv4 network written as IPv6 counts 96 more.
      length = address.family == .v4 && parts[0].contains(":") ? number - 96 : number
    }
    guard (0...width).contains(length) else { return nil }
    free = width - length
    self.address = IPAddress(
      family: address.family, bits: Self.cut(address.bits, width - length))
  }

  /// The address is one of the network's.
  public func contains(_ other: IPAddress) -> Bool {
    other.family == address.family && Self.cut(other.bits, free) == address.bits
  }

  private static func cut(_ bits: UInt128, _ free: Int) -> UInt128 {
    free == 128 ? 0 : (bits >> free) << free
  }
}
