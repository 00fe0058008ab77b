/// Bounds of one connection (DESIGN.md, "Limits"). Times are milliseconds.
public struct ConnectionLimits: Sendable, Hashable {
  /// Request line, head and fields.
  public var head = HeadLimits()
  /// Trailer section and chunk extensions.
  public var chunks = ChunkLimits()
  /// From the first byte of a head to its last; a TLS handshake counts too.
  public var headTime: Int64 = 10_000
  /// Without any byte of a body that is due; also the head start of `bodyRate`.
  public var bodyStall: Int64 = 30_000
  /// Bytes a second that a body has to average; 0 for no bound.
  public var bodyRate = 10_000
  /// Between requests.
  public var idleTime: Int64 = 60_000
  /// Without the client taking any byte of an answer.
  public var writeStall: Int64 = 30_000
  /// How long a closed connection is still read, so that the client sees the answer and no reset.
  public var lingerTime: Int64 = 1_000
  /// Bytes read in that time.
  public var lingerBytes = 262_144
  /// The largest unread body that is skipped to keep the connection.
  public var skippedBody = 65_536
  /// Requests on one connection.
  public var requests = 100_000

  /// The defaults of DESIGN.md.
  public init() {}
}

/// Bounds of a chunked body beside its length (DESIGN.md, "Limits"), in bytes.
public struct ChunkLimits: Sendable, Hashable {
  /// Extensions of one chunk.
  public var extensionsOfOne = 1_024
  /// Extensions of all chunks of a body.
  public var extensionsOfAll = 16_384
  /// The trailer section.
  public var trailers = 8_192

  /// The defaults of DESIGN.md.
  public init() {}
}
