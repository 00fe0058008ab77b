/// The content of an answer.
public enum ResponseBody: Sendable {
  /// No content.
  case none
  /// Bytes in an array.
  case bytes([UInt8])
  /// Bytes kept alive by an object, sent from where they are.
  case shared(any BytesOwner)
  /// A part of a file, sent without reading it into memory.
  case file(FileRegion)
  /// Some bytes, and a part of a file behind them: a file format's head before stored data.
  case prefixed([UInt8], FileRegion)
  /// Bytes that a producer writes over time, such as an event stream.
  case stream(BodyStream)

  /// Number of bytes where it is known beforehand.
  public var count: Int? {
    switch self {
    case .none: 0
    case .bytes(let bytes): bytes.count
    case .shared(let owner): owner.byteCount
    case .file(let region): region.count
    case .prefixed(let bytes, let region): bytes.count + region.count
    case .stream(let stream): stream.count
    }
  }
}

/// Immutable bytes with an owner: a blob in memory, an encoded tensor file.
public protocol BytesOwner: AnyObject, Sendable {
  /// Number of bytes; never changes.
  var byteCount: Int { get }
  /// Runs `body` on all the bytes.
  func withBytes(_ body: (UnsafeRawBufferPointer) -> Void)
}

extension BodyBytes: BytesOwner {
  /// Number of bytes.
  public var byteCount: Int { count }
  /// Runs `body` on the bytes.
  public func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) { body(bytes) }
}
