/// The durable log on which live sessions stand: entries appended one by one, a snapshot now and
/// then.
///
/// 1. An entry is appended only right after the last one (`behind` otherwise), so of two replicas
///    that decide at once one wins, and the other loads what is new and decides again. No lock is
///    held while anybody thinks.
/// 2. `append` answers when the entry is durable. Appends share commits with jobs.
/// 3. Entries go when a snapshot covers them: what callers who repeat a batch may ask for again is
///    part of the state.
public final class SessionLog: Sendable {
  /// Open sessions there may be.
  public let maximum: Int
  /// Idle time after which a session is given up.
  public let idleMilliseconds: Int64

  private let engine: JobEngine

  public init(
    engine: JobEngine, maximum: Int = 10_000, idleMilliseconds: Int64 = 24 * 3_600_000
  ) {
    self.engine = engine
    self.maximum = maximum
    self.idleMilliseconds = idleMilliseconds
  }

  /// Makes a session whose state is `snapshot`, with the service's count at `next`.
  ///
  /// - Throws: `queueFull` when as many are open as may.
  public func create(
    owner: String, configuration: [UInt8], snapshot: [UInt8], next: Int64 = 0
  ) throws(JobError) -> SessionRecord {
    let new = NewSession(
      id: engine.ids.next(at: engine.clock.now()), owner: owner, configuration: configuration,
      snapshot: try store(snapshot), next: next, maximum: maximum)
    guard case .session(.created(let record)) = try engine.perform(.session(.create(new))),
      let record
    else { throw .queueFull(limit: maximum, retryAfter: 60) }
    return record
  }

  /// Appends an entry; `completion` gets what became of it once that is durable, on a thread of
  /// the engine's `deliver`. Give a snapshot of the state after the entry every so many entries.
  public func append(
    _ entry: SessionEntry, to id: JobID, snapshot: [UInt8]? = nil,
    completion: @escaping @Sendable (Result<SessionAppendOutcome, JobError>) -> Void
  ) {
    let deliver = engine.configuration.deliver
    let stored: StoredBytes?
    do throws(JobError) {
      stored = if let snapshot { try store(snapshot) } else { nil }
    } catch {
      return deliver { completion(.failure(error)) }
    }
    engine.writer.post(.session(.append(id, entry, snapshot: stored))) { [engine] result in
      let answer: Result<SessionAppendOutcome, JobError>
      switch result {
      case .success(.session(.appended(let outcome, let replaced))):
        if let replaced { engine.freeSoon([replaced]) }
        answer = .success(outcome)
      case .success: preconditionFailure("an append is answered as one")
      case .failure(let error):
        engine.note(error)
        answer = .failure(JobError(error))
      }
      deliver { completion(answer) }
    }
  }

  /// Like the other `append`, waiting for the commit on the calling thread.
  public func append(
    _ entry: SessionEntry, to id: JobID, snapshot: [UInt8]? = nil
  ) throws(JobError) -> SessionAppendOutcome {
    let stored: StoredBytes? = if let snapshot { try store(snapshot) } else { nil }
    let mutation = StoreMutation.session(.append(id, entry, snapshot: stored))
    guard case .session(.appended(let outcome, let replaced)) = try engine.perform(mutation) else {
      return .notFound
    }
    if let replaced { engine.freeSoon([replaced]) }
    return outcome
  }

  /// The session as it is stored; also one that expired.
  public func session(_ id: JobID) throws(JobError) -> SessionRecord? {
    try engine.read { () throws(StoreError) in try engine.store.session(id) }
  }

  /// The last snapshot and the entries after it. With `place`, only entries after that: for a
  /// replica that has the state at `place` and may ignore the snapshot if that is older.
  public func history(
    of id: JobID, after place: Int64 = 0
  ) throws(JobError) -> SessionHistory? {
    let stored = try engine.read { () throws(StoreError) in
      try engine.store.sessionHistory(id, after: place)
    }
    guard let stored else { return nil }
    let snapshot: [UInt8]?
    switch stored.snapshot {
    case .inline(let bytes): snapshot = bytes
    case .blob(let digest, _):
      snapshot = try engine.read { () throws(StoreError) in try engine.blobs.read(digest) }
    }
    guard let snapshot else {
      throw .unavailable(reason: "the snapshot of session \(id) is not there")
    }
    return SessionHistory(
      record: stored.record, snapshot: snapshot, snapshotPlace: stored.snapshotPlace,
      tail: stored.tail)
  }

  /// Open sessions, newest first.
  public func list(
    owner: String?, limit: Int, after cursor: JobCursor? = nil
  ) throws(JobError) -> (items: [SessionRecord], next: JobCursor?) {
    let items = try engine.read { () throws(StoreError) in
      try engine.store.sessions(owner: owner, limit: limit + 1, after: cursor?.last)
    }
    guard items.count > limit, let last = items.prefix(limit).last else { return (items, nil) }
    return (Array(items.prefix(limit)), JobCursor(last: last.id))
  }

  /// False when there was none.
  public func delete(_ id: JobID) throws(JobError) -> Bool {
    guard case .session(.deleted(let found, let blob)) = try engine.perform(.session(.delete(id)))
    else { return false }
    if let blob { engine.freeSoon([blob]) }
    return found
  }

  /// Gives up sessions that were idle too long; how many. To be called now and then.
  @discardableResult
  public func expireIdle() throws(JobError) -> Int {
    let now = engine.clock.now()
    let limit = 500
    var total = 0
    while true {
      let mutation = SessionMutation.expire(
        touchedBefore: now.adding(milliseconds: -idleMilliseconds),
        forget: now.adding(milliseconds: -engine.configuration.rowMilliseconds), limit: limit)
      guard
        case .session(.expired(let count, let blobs)) = try engine.perform(.session(mutation))
      else { return total }
      engine.freeSoon(blobs)
      total += count
      if count < limit { return total }
    }
  }

  private func store(_ state: [UInt8]) throws(JobError) -> StoredBytes {
    if state.count <= engine.configuration.inlineBytes { return .inline(state) }
    try engine.makeRoom(for: state.count)
    let digest = try engine.read { () throws(StoreError) in try engine.blobs.write(state) }
    return .blob(digest, count: state.count)
  }
}
