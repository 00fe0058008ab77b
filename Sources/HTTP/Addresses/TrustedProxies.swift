import HTTPTypes

/// The proxies whose word on the client's address is believed, and how it is read.
///
/// Each proxy adds the address it was called from at the right end of `X-Forwarded-For`, or of
/// `Forwarded` (RFC 7239); what stands left of that came from its own caller, who may have made it
/// up. So the list is read from the right, and the first address that is no trusted proxy's is the
/// client. A member that is no address (`unknown`, an obfuscated name, damage) ends the reading:
/// the address found last stands. Where both fields are there and disagree, one of them came
/// through unchecked, and neither is believed.
public struct TrustedProxies: Sendable, Equatable {
  private let networks: [IPNetwork]
  private let trustsUnixSockets: Bool

  /// Nobody is believed.
  public static let none = TrustedProxies(networks: [], trustsUnixSockets: false)

  private init(networks: [IPNetwork], trustsUnixSockets: Bool) {
    self.networks = networks
    self.trustsUnixSockets = trustsUnixSockets
  }

  /// What is wrong with a list of proxies.
  public struct Unreadable: Error, Equatable, Sendable {
    /// The member that is neither an address, nor a network, nor `unix`.
    public let member: String

    /// Names the member.
    public init(member: String) { self.member = member }
  }

  /// Addresses, networks (CIDR), and `unix` for whoever calls over a UNIX socket.
  public init(_ members: [String]) throws(Unreadable) {
    var networks: [IPNetwork] = []
    for member in members where member != "unix" {
      guard let network = IPNetwork(member) else { throw Unreadable(member: member) }
      networks.append(network)
    }
    self.init(networks: networks, trustsUnixSockets: members.contains("unix"))
  }

  /// Nobody is believed.
  public var isEmpty: Bool { networks.isEmpty && !trustsUnixSockets }

  /// The address is a trusted proxy's.
  public func contains(_ address: IPAddress) -> Bool {
    networks.contains { $0.contains(address) }
  }

  /// The peer is a trusted proxy.
  public func contains(_ peer: Peer) -> Bool {
    if isEmpty { return false }
    if peer.address == "unix" { return trustsUnixSockets }
    return IPAddress(peer.address).map(contains) ?? false
  }

  /// Who sent the request: the peer, or the client that a trusted proxy names. Only the address
  /// changes; the encryption and the certificate are the connection's.
  public func client(of head: RequestHead, _ peer: Peer) -> Peer {
    guard contains(peer), let address = client(of: head) else { return peer }
    var client = peer
    client.address = address.description
    client.port = 0
    client.isLoopback = address.isLoopback
    return client
  }

  private func client(of head: RequestHead) -> IPAddress? {
    let listed = head[.xForwardedFor].map { client(in: ForwardedNodes.listed($0)) }
    let forwarded = head[.forwarded].map { client(in: ForwardedNodes.forwarded($0)) }
    if let listed, let forwarded { return listed == forwarded ? listed : nil }
    return listed ?? forwarded ?? nil
  }

  private func client(in nodes: [IPAddress?]) -> IPAddress? {
    var client: IPAddress?
    for node in nodes.reversed() {
      guard let node else { break }
      client = node
      if !contains(node) { break }
    }
    return client
  }
}

/// The addresses in the fields of proxies, in their order; nil for a member that has none.
enum ForwardedNodes {
  /// `X-Forwarded-For`: addresses with or without a port, IPv6 with or without brackets.
  static func listed(_ value: String) -> [IPAddress?] {
    value.split(separator: ",").compactMap { member in
      let text = trimmed(member)
      return text.isEmpty ? nil : .some(node(unquoted(text)))
    }
  }

  /// `Forwarded` (RFC 7239, section 4): the `for` of each element.
  static func forwarded(_ value: String) -> [IPAddress?] {
    var scanner = FieldScanner(value)
    var nodes: [IPAddress?] = []
    while !scanner.isAtEnd {
      scanner.skipBlanks()
      if scanner.take(0x2C) || scanner.isAtEnd { continue }
      nodes.append(element(&scanner))
    }
    return nodes
  }

  private static func element(_ scanner: inout FieldScanner) -> IPAddress? {
    var address: IPAddress?
    var names: Set<String> = []
    while true {
      scanner.skipBlanks()
      guard let name = scanner.token()?.lowercased(), names.insert(name).inserted,
        scanner.take(0x3D), let value = scanner.tokenOrQuotedString()
      else { break }
      if name == "for" { address = node(value[...]) }
      scanner.skipBlanks()
      if scanner.isAtEnd || scanner.take(0x2C) { return address }
      guard scanner.take(0x3B) else { break }
    }
    scanner.skipMember()
    return nil
  }

  /// An address with or without a port.
  private static func node(_ text: Substring) -> IPAddress? {
    if text.first == "[" {
      guard let end = text.firstIndex(of: "]") else { return nil }
      let rest = text[text.index(after: end)...]
      guard rest.isEmpty || (rest.first == ":" && isPort(rest.dropFirst())) else { return nil }
      let inner = text[text.index(after: text.startIndex)..<end]
      return inner.contains(":") ? IPAddress(inner) : nil
    }
    if let colon = text.firstIndex(of: ":"), text[colon...].dropFirst().firstIndex(of: ":") == nil {
      guard isPort(text[text.index(after: colon)...]) else { return nil }
      return IPAddress(text[..<colon])
    }
    return IPAddress(text)
  }

  /// A number, or an obfuscated one (RFC 7239, section 6).
  private static func isPort(_ text: Substring) -> Bool {
    guard text.first != "_" else { return text.utf8.count > 1 }
    return (1...5).contains(text.utf8.count) && text.utf8.allSatisfy(\.isDigit)
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var rest = text
    while let first = rest.utf8.first, first.isBlank { rest = rest.dropFirst() }
    while let last = rest.utf8.last, last.isBlank { rest = rest.dropLast() }
    return rest
  }

  private static func unquoted(_ text: Substring) -> Substring {
    text.count >= 2 && text.first == "\"" && text.last == "\"" ? text.dropFirst().dropLast() : text
  }
}

extension HTTPField.Name {
  /// `Forwarded` (RFC 7239).
  static let forwarded = known("Forwarded")
  /// `X-Forwarded-For`.
  static let xForwardedFor = known("X-Forwarded-For")

  /// A name written in this file.
  private static func known(_ name: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(name) else { preconditionFailure("not a field name: \(name)") }
    return name
  }
}
