/// Who is at the other end of a connection.
public struct Peer: Sendable, Hashable {
  /// Numeric address without port: `127.0.0.1`, `::1`; `unix` for a UNIX socket.
  public var address: String
  /// Source port, 0 for a UNIX socket.
  public var port: Int
  /// The address is on this machine: 127.0.0.0/8, ::1 or a UNIX socket.
  public var isLoopback: Bool
  /// The connection is encrypted.
  public var isSecure: Bool
  /// Names in the verified client certificate: common name, then subject alternative names.
  /// Empty without a certificate.
  public var certificateNames: [String]

  /// Describes a peer; servers do it at accept, tests as they like.
  public init(
    address: String = "127.0.0.1", port: Int = 0, isLoopback: Bool = true, isSecure: Bool = false,
    certificateNames: [String] = []
  ) {
    self.address = address
    self.port = port
    self.isLoopback = isLoopback
    self.isSecure = isSecure
    self.certificateNames = certificateNames
  }
}
