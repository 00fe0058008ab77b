public import Observability

/// One change of the sessions' tables.
public enum SessionMutation: Sendable {
  case create(NewSession)
  /// Adds the entry if the log ends right before its place; replaces the snapshot if one is given.
  case append(JobID, SessionEntry, snapshot: StoredBytes?)
  case delete(JobID)
  /// Gives up sessions untouched since, at most `limit`; forgets those given up before `forget`.
  case expire(touchedBefore: Timestamp, forget: Timestamp, limit: Int)
}

/// A session to be.
public struct NewSession: Sendable {
  public var id: JobID
  public var owner: String
  public var configuration: [UInt8]
  /// The state to begin with, and the service's count in it.
  public var snapshot: StoredBytes
  public var next: Int64
  /// Sessions that may be open in all.
  public var maximum: Int

  package init(
    id: JobID, owner: String, configuration: [UInt8], snapshot: StoredBytes, next: Int64,
    maximum: Int
  ) {
    self.id = id
    self.owner = owner
    self.configuration = configuration
    self.snapshot = snapshot
    self.next = next
    self.maximum = maximum
  }
}

public enum SessionOutcome: Sendable {
  /// Nil: as many are open as may.
  case created(SessionRecord?)
  /// With the blob of the snapshot that was replaced, if one was.
  case appended(SessionAppendOutcome, replaced: SHA256Digest?)
  case deleted(found: Bool, blob: SHA256Digest?)
  case expired(count: Int, blobs: [SHA256Digest])
}

/// A snapshot as it is stored, and what was appended since.
public struct StoredSession: Sendable {
  public let record: SessionRecord
  public let snapshot: StoredBytes
  public let snapshotPlace: Int64
  public let tail: [SessionEntry]
}

/// Reads of the sessions' tables. All calls may come from any thread and block.
public protocol SessionStore: Sendable {
  func session(_ id: JobID) throws(StoreError) -> SessionRecord?
  /// The snapshot, and the entries after it, or after `place` where that is later. Nil when there
  /// is no such session or it expired.
  func sessionHistory(
    _ id: JobID, after place: Int64
  ) throws(StoreError) -> StoredSession?
  /// Newest first, open ones only; `owner` nil for everybody's.
  func sessions(
    owner: String?, limit: Int, after: JobID?
  ) throws(StoreError) -> [SessionRecord]
}
