public import Observability

/// A finished job's result, ready to be sent.
public struct ResultHandle: Sendable {
  /// Where the bytes are.
  public enum Location: Sendable {
    case memory([UInt8])
    /// A whole file that stays while the handle's reader has it open.
    case file(path: String)
  }

  public let location: Location
  public let count: Int
  /// Of the stored bytes; nil in a result that is given before it is stored, which names it.
  public let digest: SHA256Digest?
  /// When it was computed.
  public let createdAt: Timestamp
  /// Until when this job promises it.
  public let expiresAt: Timestamp
  /// What computing it took.
  public let computeSeconds: Double
}
