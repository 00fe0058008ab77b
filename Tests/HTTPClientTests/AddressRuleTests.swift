import Glibc
import HTTPClient
import Testing

@Suite struct AddressRuleTests {
  private func bytes(_ text: String) throws -> [UInt8] {
    var address = [UInt8](repeating: 0, count: 16)
    let isLong = text.contains(":")
    try #require(inet_pton(isLong ? AF_INET6 : AF_INET, text, &address) == 1)
    return isLong ? address : Array(address[..<4])
  }

  @Test(arguments: [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.9",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1",
    "192.168.1.1", "198.18.0.1", "198.19.255.1", "198.51.100.7", "203.0.113.9", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::127.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1",
    "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1",
    "ff02::1",
  ])
  func refusesWhatIsNotPublic(address: String) throws {
    #expect(!AddressRule.isPublic(try bytes(address)))
  }

  @Test(arguments: [
    "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1",
    "172.15.255.255", "172.32.0.1", "192.167.1.1", "198.17.0.1", "198.20.0.1", "223.255.255.1",
    "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1", "2606:4700::1111", "2a00:1450::1",
  ])
  func allowsWhatIsPublic(address: String) throws {
    #expect(AddressRule.isPublic(try bytes(address)))
  }

  @Test func refusesWhatIsNoAddress() {
    #expect(!AddressRule.isPublic([]))
    #expect(!AddressRule.isPublic([8, 8, 8]))
  }

  @Test(arguments: ["127.0.0.1", "localhost"])
  func aRequestToThePublicReachesNothingHere(host: String) throws {
    let server = try #require(ScriptedServer(["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]))
    let port = server.address.split(separator: ":").last ?? ""
    var request = ClientRequest("GET", "http://\(host):\(port)/", timeout: .seconds(5))
    request.reach = .publicAddresses
    #expect(throws: HTTPClientError.forbiddenAddress) { try BlockingClient().send(request) }
    #expect(server.requests.isEmpty)
  }
}
