public import Observability

/// What is kept of a session: an object whose state grows by one entry of a log at a time. The
/// engine knows neither what a state nor what an entry means.
public struct SessionRecord: Sendable, Equatable {
  public let id: JobID
  public let owner: String
  /// What it was created with.
  public let configuration: [UInt8]
  public let createdAt: Timestamp
  /// Last entry, or creation.
  public let touchedAt: Timestamp
  /// How many entries were ever appended.
  public let place: Int64
  /// The service's own count after the last entry (requests decided).
  public let next: Int64
  /// When it was given up for idleness: state and log are gone, the row stays for a while to say so.
  public let expiredAt: Timestamp?
}

/// One entry of a session's log.
public struct SessionEntry: Sendable, Equatable {
  /// 1 for the first.
  public let place: Int64
  /// The caller's number of a batch; nil for entries that are not batches.
  public let seq: Int64?
  /// The service's own count after the entry.
  public let next: Int64
  /// Of the request.
  public let digest: SHA256Digest
  /// What was asked, to repeat it on an older state.
  public let request: [UInt8]
  /// What was answered, byte for byte.
  public let answer: [UInt8]

  public init(
    place: Int64, seq: Int64?, next: Int64, digest: SHA256Digest, request: [UInt8],
    answer: [UInt8]
  ) {
    self.place = place
    self.seq = seq
    self.next = next
    self.digest = digest
    self.request = request
    self.answer = answer
  }
}

/// A session's last snapshot and the entries since.
public struct SessionHistory: Sendable, Equatable {
  public let record: SessionRecord
  /// The state after `snapshotPlace` entries.
  public let snapshot: [UInt8]
  public let snapshotPlace: Int64
  /// Entries after the snapshot (or after the place asked for), in order.
  public let tail: [SessionEntry]
}

/// What became of an entry.
public enum SessionAppendOutcome: Sendable, Equatable {
  case appended
  /// Another replica appended first: the log ends at `place`. Load what is new and try again.
  case behind(place: Int64)
  case expired
  case notFound
}
