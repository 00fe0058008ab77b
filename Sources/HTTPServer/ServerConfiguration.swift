public import HTTP

/// Where to listen.
public enum ListenAddress: Sendable, Hashable {
  /// A numeric address or a name that resolves to one; port 0 takes any free port.
  case tcp(host: String, port: Int)
  /// A UNIX socket; a stale file at the path is replaced.
  case unix(path: String)
}

/// Certificates for TLS.
public struct TLSConfiguration: Sendable, Hashable {
  /// PEM file with the certificate chain, leaf first.
  public var certificateFile: String
  /// PEM file with the private key.
  public var keyFile: String
  /// PEM file with the authorities of client certificates; nil asks for none.
  public var clientAuthorityFile: String?
  /// Refuse clients without a certificate (only with `clientAuthorityFile`).
  public var requiresClientCertificate = false

  /// Certificate and key; client certificates are optional where an authority is given.
  public init(certificateFile: String, keyFile: String, clientAuthorityFile: String? = nil) {
    self.certificateFile = certificateFile
    self.keyFile = keyFile
    self.clientAuthorityFile = clientAuthorityFile
  }
}

/// Everything a server is told; each bound has the default of DESIGN.md's table.
public struct ServerConfiguration: Sendable {
  /// Addresses for the handler.
  public var addresses: [ListenAddress]
  /// Addresses for the admin handler, without TLS.
  public var adminAddresses: [ListenAddress] = []
  /// TLS on the TCP addresses of the handler; nil for clear text.
  public var tls: TLSConfiguration?
  /// Event loops; with more than one each has its own listening sockets (SO_REUSEPORT).
  public var ioLoops = 1
  /// Threads that run handlers' closures.
  public var requestThreads = 4
  /// Nanoseconds below which, in the mean, closures of small requests are run by the thread that has
  /// read them, since handing them over takes longer; another thread takes the loop over where one
  /// keeps it waiting. Zero hands every request over.
  public var shortClosure: Int64 = 4_000
  /// Requests that wait for such a thread; more are answered 503.
  public var requestQueue = 1_024
  /// Bounds of one connection: heads, chunks, times.
  public var connection = ConnectionLimits()
  /// Bytes of a body as received, where the handler allows more.
  public var maximumBody = 256 << 20
  /// Bytes of a body without its content coding.
  public var maximumDecodedBody = 1 << 30
  /// Growth by decoding beyond the first megabyte.
  public var maximumDecodingRatio = 100
  /// Bytes of all bodies in flight, as received; more are answered 503.
  public var maximumBodyMemory = 512 << 20
  /// Connections in all; accepting pauses there.
  public var maximumConnections = 4_096
  /// Connections from one address (IPv6: one /64); nil for no bound. More are closed at accept.
  public var maximumConnectionsPerAddress: Int?
  /// Peers that call for others: the bound of one address is not theirs.
  public var trustedProxies = TrustedProxies.none
  /// Bytes of answers waiting in one connection before its requests wait.
  public var pendingOutput = 262_144
  /// Answers of at least so many bytes may be coded.
  public var compressionMinimum = 1_025
  /// Pending connections of a listening socket.
  public var backlog = 1_024

  /// A server on the given addresses with the default bounds.
  public init(addresses: [ListenAddress] = [.tcp(host: "127.0.0.1", port: 8_080)]) {
    self.addresses = addresses
  }
}
