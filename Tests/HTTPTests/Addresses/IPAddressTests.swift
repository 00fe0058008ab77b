import HTTP
import TestSupport
import Testing

@Suite struct IPAddressTests {
  @Test(arguments: [
    ("0.0.0.0", "0.0.0.0"), ("192.0.2.255", "192.0.2.255"), ("::", "::"), ("::1", "::1"),
    ("2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"),
    ("1:0:0:4:0:0:0:8", "1:0:0:4::8"), ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"),
    ("1::", "1::"), ("0:0:3::", "0:0:3::"), ("::ffff:192.0.2.1", "192.0.2.1"),
    ("::FFFF:c000:0201", "192.0.2.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
    ("fe80::1", "fe80::1"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
  ])
  func readsAndWritesTheCanonicalText(_ text: String, _ canonical: String) throws {
    let address = try #require(IPAddress(text))
    #expect(address.description == canonical)
    #expect(IPAddress(canonical) == address)
  }

  @Test(arguments: [
    "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.+4", " 1.2.3.4", "1.2.3.4:80", ":",
    ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "12345::", "g::",
    "::1%eth0", "[::1]", "1.2.3.4::", "::1.2.3.4:5", "unix", "unknown", "::+1",
  ])
  func refusesWhatIsNoAddress(_ text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test func survivesAnyText() {
    var random = SplitMix64(seed: 11)
    let letters = Array("0123456789abcdef:.:.%[]/ ")
    for _ in 0..<20_000 {
      let text = String(
        (0..<Int.random(in: 0...50, using: &random)).compactMap { _ in
          letters.randomElement(using: &random)
        })
      guard let address = IPAddress(text) else { continue }
      #expect(IPAddress(address.description) == address, "\(text)")
    }
  }

  @Test func writesEveryNumberInDecimals() {
    var random = SplitMix64(seed: 12)
    for number in UInt32(0)...255 {
      let bits = (0..<4).reduce(number << (8 * (number % 4))) { bits, place in
        guard place != number % 4 else { return bits }
        return bits | UInt32.random(in: 0...255, using: &random) << (8 * place)
      }
      let parts = stride(from: UInt32(24), through: 0, by: -8).map { String(bits >> $0 & 255) }
      #expect(IPAddress(v4: bits).description == parts.joined(separator: "."))
    }
  }

  @Test func takesAnEmbeddedAddressForItself() {
    #expect(IPAddress(v6: 0xFFFF_C000_0201) == IPAddress(v4: 0xC000_0201))
    #expect(IPAddress(v6: 0xFFFE_C000_0201).family == .v6)
    #expect(IPAddress(v6: 1).isLoopback && IPAddress(v4: 0x7F00_0001).isLoopback)
    #expect(!IPAddress(v4: 1).isLoopback)
  }

  @Test func knowsLoopbackAndSubscribers() throws {
    for text in ["127.0.0.1", "127.255.0.3", "::1", "::ffff:127.0.0.1"] {
      #expect(try #require(IPAddress(text)).isLoopback, "\(text)")
    }
    for text in ["126.0.0.1", "128.0.0.1", "::2", "::"] {
      #expect(try !#require(IPAddress(text)).isLoopback, "\(text)")
    }
    #expect(IPAddress("2001:db8:1:2:3:4:5:6")?.subscriber == IPAddress("2001:db8:1:2::"))
    #expect(IPAddress("192.0.2.7")?.subscriber == IPAddress("192.0.2.7"))
  }

  @Test(arguments: [
    ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false),
    ("10.1.2.3/8", "10.9.9.9", true), ("192.0.2.4/31", "192.0.2.5", true),
    ("192.0.2.4/31", "192.0.2.6", false), ("192.0.2.4", "192.0.2.4", true),
    ("192.0.2.4", "192.0.2.5", false), ("0.0.0.0/0", "203.0.113.9", true),
    ("0.0.0.0/0", "::1", false), ("::/0", "2001:db8::1", true), ("::/0", "10.0.0.1", false),
    ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false),
    ("::1/128", "::1", true), ("::ffff:10.0.0.0/104", "10.7.7.7", true),
    ("10.0.0.0/8", "::ffff:10.1.1.1", true),
  ])
  func networksHoldTheirAddresses(_ network: String, _ address: String, _ holds: Bool) throws {
    let network = try #require(IPNetwork(network))
    #expect(network.contains(try #require(IPAddress(address))) == holds)
  }

  @Test(arguments: [
    "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "::/129", "/8",
    "localhost", "10.0.0/8", "::ffff:10.0.0.0/95", "",
  ])
  func refusesWhatIsNoNetwork(_ text: String) {
    #expect(IPNetwork(text) == nil)
  }
}
