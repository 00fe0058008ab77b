import HTTP
import HTTPTypes
import Testing

@Suite struct TrustedProxiesTests {
  private let proxies: TrustedProxies

  init() throws { proxies = try TrustedProxies(["10.0.0.0/8", "2001:db8::1"]) }

  private func field(_ name: String) throws -> HTTPField.Name {
    try #require(HTTPField.Name(name))
  }

  private func client(
    _ peer: String, listed: [String] = [], forwarded: [String] = [],
    of proxies: TrustedProxies? = nil
  ) throws -> String {
    var fields = HTTPFields()
    for value in listed {
      fields.append(HTTPField(name: try field("X-Forwarded-For"), value: value))
    }
    for value in forwarded {
      fields.append(HTTPField(name: try field("Forwarded"), value: value))
    }
    let head = try RequestHead(method: .get, target: "/", fields: fields)
    return (proxies ?? self.proxies).client(of: head, Peer(address: peer)).address
  }

  @Test func nobodyElseIsBelieved() throws {
    for peer in ["192.0.2.1", "11.0.0.1", "::1", "unix", "2001:db8::2"] {
      #expect(try client(peer, listed: ["203.0.113.9"]) == peer)
      #expect(try client(peer, forwarded: ["for=203.0.113.9"]) == peer)
    }
    #expect(try client("10.0.0.1", listed: ["203.0.113.9"], of: TrustedProxies.none) == "10.0.0.1")
  }

  @Test(arguments: [
    ("203.0.113.9", "203.0.113.9"), ("1.1.1.1, 203.0.113.9", "203.0.113.9"),
    ("203.0.113.9, 10.2.3.4", "203.0.113.9"),
    ("1.1.1.1,203.0.113.9,10.1.1.1,10.2.2.2", "203.0.113.9"),
    ("10.3.3.3, 10.2.3.4", "10.3.3.3"), ("203.0.113.9:1234", "203.0.113.9"),
    ("2001:db8::7", "2001:db8::7"), ("[2001:DB8::7]:443", "2001:db8::7"),
    ("[2001:db8::7]", "2001:db8::7"),
    ("\"[2001:db8::7]:443\"", "2001:db8::7"), ("203.0.113.9, 2001:db8::1", "203.0.113.9"),
    ("::ffff:203.0.113.9", "203.0.113.9"), (" 203.0.113.9 ,, ", "203.0.113.9"),
    // Where the reading meets no address, what was found last stands, or the peer.
    ("", "10.0.0.1"), ("unknown", "10.0.0.1"), ("203.0.113.9, unknown", "10.0.0.1"),
    ("203.0.113.9, unknown, 10.2.2.2", "10.2.2.2"), ("203.0.113.9:99999999", "10.0.0.1"),
    ("203.0.113.9:", "10.0.0.1"), ("[203.0.113.9]", "10.0.0.1"), ("[::1", "10.0.0.1"),
    ("[::1]x", "10.0.0.1"), ("1.2.3.4 5.6.7.8", "10.0.0.1"), ("evil\"", "10.0.0.1"),
  ])
  func readsTheListFromTheRight(_ value: String, _ expected: String) throws {
    #expect(try client("10.0.0.1", listed: [value]) == expected)
  }

  @Test func severalLinesAreOneList() throws {
    #expect(try client("10.0.0.1", listed: ["1.1.1.1", "203.0.113.9"]) == "203.0.113.9")
    #expect(try client("10.0.0.1", listed: ["203.0.113.9", "10.1.1.1"]) == "203.0.113.9")
  }

  @Test(arguments: [
    ("for=203.0.113.9", "203.0.113.9"), ("For=\"203.0.113.9:80\";proto=https", "203.0.113.9"),
    ("for=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
    ("for=1.1.1.1, for=203.0.113.9;by=10.0.0.1;host=\"a,b;c\"", "203.0.113.9"),
    ("for=203.0.113.9, for=10.2.2.2", "203.0.113.9"),
    ("for=203.0.113.9, for=\"[2001:db8::1]:_hidden\"", "203.0.113.9"),
    ("by=10.0.0.1 ; for=203.0.113.9 , ", "203.0.113.9"),
    ("for=unknown", "10.0.0.1"), ("for=_hidden", "10.0.0.1"), ("proto=https", "10.0.0.1"),
    ("for=203.0.113.9, for=_x, for=10.2.2.2", "10.2.2.2"),
    ("for=203.0.113.9, proto=http", "10.0.0.1"), ("for=[::1]", "10.0.0.1"),
    ("for=1.1.1.1;for=203.0.113.9", "10.0.0.1"), ("for=\"203.0.113.9", "10.0.0.1"),
    ("for", "10.0.0.1"), ("=", "10.0.0.1"), (";;;", "10.0.0.1"), ("for=", "10.0.0.1"),
  ])
  func readsForwardedFromTheRight(_ value: String, _ expected: String) throws {
    #expect(try client("10.0.0.1", forwarded: [value]) == expected)
  }

  @Test func fieldsThatDisagreeAreNotBelieved() throws {
    // A proxy that writes one of them passes the other on as its caller made it up.
    #expect(
      try client("10.0.0.1", listed: ["203.0.113.9"], forwarded: ["for=6.6.6.6"]) == "10.0.0.1")
    #expect(
      try client("10.0.0.1", listed: ["203.0.113.9"], forwarded: ["for=203.0.113.9"])
        == "203.0.113.9")
  }

  @Test func callersOfAUnixSocketAreBelievedWhereNamed() throws {
    let proxies = try TrustedProxies(["unix"])
    #expect(try client("unix", listed: ["203.0.113.9"], of: proxies) == "203.0.113.9")
    #expect(try client("10.0.0.1", listed: ["203.0.113.9"], of: proxies) == "10.0.0.1")
  }

  @Test func saysWhichMemberIsUnreadable() {
    #expect(throws: TrustedProxies.Unreadable(member: "10.0.0.0/99")) {
      try TrustedProxies(["10.0.0.1", "10.0.0.0/99"])
    }
    #expect(throws: TrustedProxies.Unreadable(member: "proxy.example")) {
      try TrustedProxies(["proxy.example"])
    }
  }

  @Test func onlyTheAddressChanges() throws {
    let fields: HTTPFields = [try field("X-Forwarded-For"): "127.0.0.9"]
    let head = try RequestHead(method: .get, target: "/", fields: fields)
    let peer = Peer(
      address: "10.0.0.1", port: 99, isLoopback: false, isSecure: true, certificateNames: ["a"])
    let client = proxies.client(of: head, peer)
    #expect(
      client
        == Peer(
          address: "127.0.0.9", port: 0, isLoopback: true, isSecure: true, certificateNames: ["a"]))
  }
}
