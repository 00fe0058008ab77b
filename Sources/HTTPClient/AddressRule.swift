import Glibc

/// Which addresses belong to the public internet, and which to this machine or its networks.
///
/// Asked with the very address that a connection is about to be made to, after the name was
/// resolved: a name that changes its meaning between a look and the connection gains nothing.
/// Source: the special-purpose registries of IANA (RFC 6890 and its updates).
package enum AddressRule {
  /// - Parameter address: 4 bytes, or 16.
  package static func isPublic(_ address: [UInt8]) -> Bool {
    switch address.count {
    case 4: !reserved4.contains { $0.contains(address) }
    case 16: isPublic6(address)
    default: false
    }
  }

  private static func isPublic6(_ address: [UInt8]) -> Bool {
    for (range, offset) in embedding where range.contains(address) {
      return isPublic(Array(address[offset..<offset + 4]))
    }
    // All that is global is inside 2000::/3 at present (RFC 4291, section 2.4).
    return Range([0x20], bits: 3).contains(address)
      && !reserved6.contains { $0.contains(address) }
  }

  private struct Range {
    let prefix: [UInt8]
    let bits: Int

    init(_ prefix: [UInt8], bits: Int) {
      self.prefix = prefix
      self.bits = bits
    }

    func contains(_ address: [UInt8]) -> Bool {
      for index in 0..<(bits + 7) / 8 {
        let kept = min(8, bits - 8 * index)
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> kept)
        let own = index < prefix.count ? prefix[index] : 0
        if (address[index] ^ own) & mask != 0 { return false }
      }
      return true
    }
  }

  private static let reserved4 = [
    Range([0], bits: 8), Range([10], bits: 8), Range([100, 64], bits: 10), Range([127], bits: 8),
    Range([169, 254], bits: 16), Range([172, 16], bits: 12), Range([192, 0, 0], bits: 24),
    Range([192, 0, 2], bits: 24), Range([192, 88, 99], bits: 24), Range([192, 168], bits: 16),
    Range([198, 18], bits: 15), Range([198, 51, 100], bits: 24), Range([203, 0, 113], bits: 24),
    // Multicast, reserved, broadcast.
    Range([224], bits: 3),
  ]

  /// Teredo and other protocol assignments, benchmarking and documentation.
  private static let reserved6 = [
    Range([0x20, 0x01, 0x00], bits: 23), Range([0x20, 0x01, 0x0D, 0xB8], bits: 32),
    Range([0x3F, 0xFF, 0x00], bits: 20),
  ]

  /// Addresses that stand for an IPv4 address, and where in them it is: mapped (::ffff:0:0/96),
  /// translated (64:ff9b::/96), 6to4 (2002::/16).
  private static let embedding = [
    (Range([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], bits: 96), 12),
    (Range([0x00, 0x64, 0xFF, 0x9B], bits: 96), 12),
    (Range([0x20, 0x02], bits: 16), 2),
  ]
}
