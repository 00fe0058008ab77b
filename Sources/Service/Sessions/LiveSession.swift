import AlgorithmInterface
import DequeModule
import JSON
import Jobs
import Synchronization
import WeightedPagingAPI

/// One paging session as this process holds it: its state in memory, its log in the store.
///
/// Invariants:
/// 1. One change at a time: while one is being made durable, others wait in `waiting`.
/// 2. `state` is what the log says up to `place`; it moves only after the store has an entry.
/// 3. No lock is held while anything is decided, read or written.
/// 4. An answer leaves after its entry is durable. Where another replica was first, its entries are
///    replayed and the change is decided again.
final class LiveSession: Sendable {
  /// What a change of the session asks, in the bytes that the log keeps.
  struct Change: Sendable {
    enum Kind: Sendable { case requests, samples }

    var kind: Kind
    var body: [UInt8]
    /// Gets the bytes of the answer, on a thread of the engine's `deliver`.
    var answer: @Sendable (Result<[UInt8], Problem>) -> Void
  }

  /// The state after `place` entries.
  private struct Position: Sendable {
    var session: LivePagingSession
    var place: Int64
    /// Bytes of entries since the last snapshot, and of that snapshot.
    var bytesSince = 0
    var snapshotBytes = 0
  }

  private struct State {
    var position: Position?
    var isBusy = false
    var waiting: Deque<Change> = []
  }

  let id: JobID
  private let log: SessionLog
  private let state: Mutex<State>

  init(id: JobID, log: SessionLog) {
    self.id = id
    self.log = log
    state = Mutex(State())
  }

  /// Whether a change is under way.
  var isBusy: Bool { state.withLock { $0.isBusy } }

  /// Makes a change when those before it are made.
  func make(_ change: Change) {
    let isFirst = state.withLock { state in
      defer { state.isBusy = true }
      if state.isBusy { state.waiting.append(change) }
      return !state.isBusy
    }
    if isFirst { decide(change) }
  }

  /// The state as the store has it now.
  func current() throws(Problem) -> LivePagingSession { try position().session }

  private func decide(_ change: Change) {
    do throws(Problem) {
      var position = try position()
      let digest = SHA256Digest(of: change.body)
      let before = position.session.next
      let (answer, seq) = try Self.apply(
        change.kind, change.body, digest, to: &position.session, id, log)
      if change.kind == .requests && position.session.next == before {
        return finish(change, .success(answer))
      }
      position.place += 1
      append(
        change,
        SessionEntry(
          place: position.place, seq: seq, next: Int64(position.session.next), digest: digest,
          request: change.body, answer: answer), position)
    } catch {
      finish(change, .failure(error))
    }
  }

  /// Decides a body on a state.
  ///
  /// - Returns: the answer, and the number of the batch. The state is unchanged where the batch was
  ///   decided before.
  private static func apply(
    _ kind: Change.Kind, _ body: [UInt8], _ digest: SHA256Digest,
    to session: inout LivePagingSession, _ id: JobID, _ log: SessionLog?
  ) throws(Problem) -> (answer: [UInt8], seq: Int64?) {
    let document: JSONDocument
    do throws(JSONError) { document = try JSONDocument.parse(body) } catch {
      throw Problem(error)
    }
    do throws(PagingRefusal) {
      if kind == .samples { return (try session.samples(document.root), nil) }
      let seq = document.root["seq"]?.integerValue
      if let seq, let log, seq < Int64(session.next),
        let entry = try? log.entry(of: id, seq: seq), entry.digest == digest
      {
        return (entry.answer, seq)
      }
      return (try session.requests(document.root, digest: digest.bytes), seq)
    } catch {
      throw Problem(error)
    }
  }

  private func append(_ change: Change, _ entry: SessionEntry, _ after: Position) {
    var after = after
    after.bytesSince += entry.request.count + entry.answer.count
    // A snapshot costs what the state weighs: one for as many bytes of log keeps both cheap.
    var snapshot: [UInt8]?
    if after.bytesSince >= max(after.snapshotBytes, 64 << 10) {
      let bytes = after.session.snapshot()
      (after.bytesSince, after.snapshotBytes) = (0, bytes.count)
      snapshot = bytes
    }
    let position = after
    log.append(entry, to: id, snapshot: snapshot) { [self] result in
      switch result {
      case .success(.appended):
        state.withLock { $0.position = position }
        finish(change, .success(entry.answer))
      // Another replica was first: `position()` replays what it did.
      case .success(.behind): decide(change)
      case .success(.expired): finish(change, .failure(Self.expired))
      case .success(.notFound): finish(change, .failure(Self.notFound))
      case .failure(let error): finish(change, .failure(Problem(error)))
      }
    }
  }

  private func finish(_ change: Change, _ result: Result<[UInt8], Problem>) {
    change.answer(result)
    let next = state.withLock { state in
      let next = state.waiting.popFirst()
      if next == nil { state.isBusy = false }
      return next
    }
    if let next { decide(next) }
  }

  /// The state in memory, brought up to the end of the log.
  private func position() throws(Problem) -> Position {
    let known = state.withLock { $0.position }
    let history: SessionHistory?
    do throws(JobError) {
      guard let record = try log.session(id) else { throw Self.notFoundError }
      if record.expiredAt != nil { throw Self.expiredError }
      if let known, known.place >= record.place { return known }
      history = try log.history(of: id, after: known?.place ?? 0)
    } catch {
      throw error == Self.expiredError ? Self.expired : Problem(error, session: true)
    }
    guard let history else { throw Self.notFound }
    var position: Position
    if let known, known.place >= history.snapshotPlace {
      position = known
    } else {
      position = try Self.restored(history)
    }
    for entry in history.tail where entry.place > position.place {
      _ = try Self.apply(
        entry.seq == nil ? .samples : .requests, entry.request, entry.digest,
        to: &position.session, id, nil)
      position.place = entry.place
      position.bytesSince += entry.request.count + entry.answer.count
    }
    let loaded = position
    state.withLock { state in
      if state.position?.place ?? -1 < loaded.place { state.position = loaded }
    }
    return loaded
  }

  private static func restored(_ history: SessionHistory) throws(Problem) -> Position {
    do throws(PagingRefusal) {
      return Position(
        session: try LivePagingSession(snapshot: history.snapshot),
        place: history.snapshotPlace, snapshotBytes: history.snapshot.count)
    } catch {
      throw Problem(.internalError, "The stored session cannot be read.")
    }
  }

  private static let notFoundError = JobError.notFound
  private static let expiredError = JobError.resultExpired
  static let notFound = Problem(.notFound, "There is no such session.")
  static let expired = Problem(.sessionExpired, "The session was idle for too long and is gone.")
}

extension Problem {
  /// What the store says of a session.
  init(_ error: JobError, session: Bool) {
    switch error {
    case .notFound: self = LiveSession.notFound
    case .queueFull(let limit, let seconds):
      self = Problem(.queueFull, "\(limit) sessions are open, which is the limit.")
        .retrying(after: seconds)
    default: self.init(error)
    }
  }

  /// A call that a session refuses; it is as it was before.
  init(_ refusal: PagingRefusal) {
    switch refusal {
    case .validation(let rejection): self.init(rejection)
    case .sequenceGap(let next):
      self.init(
        .sequenceGap, "The next request of this session is number \(next).",
        members: ["next": .integer(Int64(next))])
    case .conflict(let issue):
      self.init(
        .conflict, issue.detail,
        items: [Item(pointer: issue.pointer.description, detail: issue.detail)])
    }
  }
}
