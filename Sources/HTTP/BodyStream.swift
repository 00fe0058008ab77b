/// A body that is written over time.
public struct BodyStream: Sendable {
  /// Bytes in all when known; else the body is chunked (HTTP/1.1) or ends with the connection.
  public let count: Int?
  /// Called once, on the thread that gave the answer, with the way in for the bytes. It may keep
  /// the writer and write from any thread, one at a time, until `finish`.
  public let start: @Sendable (any BodyWriter) -> Void

  /// A stream whose bytes come from whoever `start` hands the writer to.
  public init(count: Int? = nil, start: @escaping @Sendable (any BodyWriter) -> Void) {
    self.count = count
    self.start = start
  }
}

/// The way in for the bytes of a stream, with back-pressure.
public protocol BodyWriter: Sendable {
  /// Adds bytes to the body.
  @discardableResult func write(_ bytes: [UInt8]) -> BodyStreamState

  /// The body is complete. With a known count that was not reached, the connection is closed.
  func finish()

  /// Calls `action` once, the next time the stream has room again; at once when it has room now.
  /// Not called after the stream closed.
  func onReady(_ action: @escaping @Sendable () -> Void)

  /// Calls `action` once when the stream ends before `finish`: the client left or the server
  /// stops. At once when that is so already.
  func onClose(_ action: @escaping @Sendable () -> Void)
}

/// Whether a stream takes more.
public enum BodyStreamState: Sendable {
  /// Taken; write on.
  case open
  /// Taken, but the client reads slowly: wait for `onReady`. A producer that writes on regardless
  /// has its stream closed once eight times the buffer is waiting.
  case full
  /// Not taken: the stream is over.
  case closed
}
