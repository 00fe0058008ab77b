extension ServiceSettings {
  /// Bounds on what comes from outside.
  ///
  /// The bounds on the queue, the sessions, the data directory and the jobs' memory are with their
  /// own sections.
  public struct Limits: Sendable, Equatable {
    /// Bytes of a request line; past it 414.
    public var requestLine = 8 << 10
    /// Bytes of a whole head; past it 431.
    public var head = 32 << 10
    /// Header fields of a head; past it 431.
    public var fields = 100
    /// Bytes of a body as received; past it 413.
    public var body = 256 << 20
    /// Bytes of a body after its content coding is undone; past it 413.
    public var decodedBody = 1 << 30
    /// Decoded bytes for each received one, beyond the first megabyte; past it 413.
    public var decodeRatio = 100
    /// Bytes of all trailer fields of a chunked body.
    public var trailers = 8 << 10
    /// Bytes of one chunk's extensions, and of all of a body's.
    public var chunkExtension = 1 << 10
    public var chunkExtensions = 16 << 10
    /// Nesting of a JSON body.
    public var jsonDepth = 64
    /// Elements of one tensor.
    public var tensorElements = 1 << 28
    /// Bytes of a safetensors header.
    public var safetensorsHeader = 100 << 20
    /// From the first byte of a head (or the TLS handshake's) to its last; past it 408.
    public var headTime = Duration.seconds(10)
    /// Without a byte of the body; past it 408.
    public var bodyIdle = Duration.seconds(30)
    /// Bytes a second of a body on average; below it 408.
    public var bodyRate = 10 << 10
    public var keepAliveIdle = Duration.seconds(60)
    /// Without a byte taken by the reader of an answer.
    public var writeStall = Duration.seconds(30)
    /// Open connections; at the bound accepting pauses.
    public var connections = 4096
    /// Open connections of one address; `nil`: no bound.
    public var connectionsPerAddress: Int?
    public var requestsPerConnection = 100_000
    /// Bytes of all bodies being received or read; past it 503.
    public var bodiesInFlight = 512 << 20
    public var eventStreams = 1_000
    /// Requests a second of one key (or address); `nil`: no bound. Past it 429.
    public var keyRate: Double?
    public var keyBurst = 20
    public var addressRate: Double?
    public var addressBurst = 20
  }
}
