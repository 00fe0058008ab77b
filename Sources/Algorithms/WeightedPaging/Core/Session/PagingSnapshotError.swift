/// Bytes that are not a session's snapshot, or one that was changed.
public enum PagingSnapshotError: Error, Equatable, Sendable {
  case notASnapshot
  case unsupportedVersion(UInt32)
  case checksum(expected: UInt64, actual: UInt64)
  /// The checksum holds, the contents do not hang together.
  case damaged(String)
}
