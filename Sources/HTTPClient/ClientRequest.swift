// HTTPClient: requests to a service from its own commands and tests, and webhooks, over libcurl.
//
// Read first: `ClientRequest`, `ClientReply`, `BlockingClient`. Nothing of ours is imported.

/// A request to send.
public struct ClientRequest: Sendable {
  /// What is sent after the head.
  public enum Body: Sendable {
    case none
    case bytes([UInt8])
    /// The file at this path, read while it is sent.
    case file(String)
  }

  /// Whose certificates are believed over https.
  public enum Trust: Sendable, Equatable {
    /// The system's authorities.
    case system
    /// Those of this PEM file.
    case authorities(String)
    /// Any certificate under any name: for this machine's own loopback only.
    case anyone
  }

  /// Which addresses may be connected to.
  public enum Reach: Sendable, Equatable {
    case anywhere
    /// The public internet: not this machine and not its private networks.
    case publicAddresses
  }

  public var method: String
  /// `http://…` or `https://…`.
  public var url: String
  /// In the order of sending. A body's length is added; nothing else is but Host and Accept.
  public var fields: [(name: String, value: String)]
  public var body: Body
  /// From the start to the last byte of the answer; `nil`: no bound.
  public var timeout: Duration?
  /// For the connection alone.
  public var connectTimeout: Duration
  public var trust = Trust.system
  public var reach = Reach.anywhere
  /// Connect to this UNIX socket whatever the URL's host is.
  public var unixSocket: String?
  /// Bytes of an answer that is kept in memory; past it `HTTPClientError.tooLarge`.
  public var maximumBody: Int

  public init(
    _ method: String = "GET", _ url: String, fields: [(name: String, value: String)] = [],
    body: Body = .none, timeout: Duration? = .seconds(60),
    connectTimeout: Duration = .seconds(10), unixSocket: String? = nil,
    maximumBody: Int = 4 << 30
  ) {
    self.method = method
    self.url = url
    self.fields = fields
    self.body = body
    self.timeout = timeout
    self.connectTimeout = connectTimeout
    self.unixSocket = unixSocket
    self.maximumBody = maximumBody
  }
}

/// A whole answer.
public struct ClientReply: Sendable {
  public let status: Int
  /// In the order received.
  public let fields: [(name: String, value: String)]
  /// Empty where the body went to a file or a closure.
  public let body: [UInt8]

  /// The first field of this name; case does not matter.
  public subscript(_ name: String) -> String? {
    fields.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// The body as text; invalid UTF-8 becomes replacement characters.
  public var text: String { String(decoding: body, as: UTF8.self) }

  public var isSuccess: Bool { (200..<300).contains(status) }
}

/// Why there is no answer.
public enum HTTPClientError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Not an http or https URL.
  case badURL(String)
  /// Nobody listens there, or the name is unknown.
  case cannotConnect(String)
  case timedOut(String)
  /// The host's address is not one that the request may reach.
  case forbiddenAddress
  /// The body file cannot be read, or the download's file cannot be written.
  case file(path: String, reason: String)
  case tooLarge(limit: Int)
  /// A field name or value with a line break or a null.
  case badField(String)
  /// The receiving closure asked to stop.
  case stopped
  /// Anything else, in libcurl's words.
  case transport(code: Int, reason: String)

  public var description: String {
    switch self {
    case .badURL(let url): "not an http or https URL: \(url)"
    case .cannotConnect(let reason): "cannot connect: \(reason)"
    case .forbiddenAddress: "the host has a private address"
    case .timedOut(let reason): "timed out: \(reason)"
    case .file(let path, let reason): "\(path): \(reason)"
    case .tooLarge(let limit): "the answer exceeds \(limit) bytes"
    case .badField(let name): "field \(name) holds a line break"
    case .stopped: "stopped by the receiver"
    case .transport(let code, let reason): "transfer failed (\(code)): \(reason)"
    }
  }
}
