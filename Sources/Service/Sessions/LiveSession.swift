import AlgorithmInterface
import DequeModule
import JSON
import Jobs
import Synchronization
import WeightedPagingAPI

/// One paging session as this process holds it: its state in memory, its log in the store.
///
/// Invariants:
/// 1. One piece of work at a time, in the order of arrival: while one is under way (a change also
///    while it is being made durable), others wait in `waiting`.
/// 2. `position` is what the log says up to its place, but for the one entry that is being made
///    durable; where that fails, the position is dropped and read from the store anew. It is moved
///    out of `state` while a change is decided, so that the change is made in place: a copy would
///    cost the whole state for each batch.
/// 3. No lock is held while anything is decided, read or written.
/// 4. An answer leaves after its entry is durable. Where another replica was first, its entries are
///    replayed and the change is decided again.
final class LiveSession: Sendable {
  /// A change of the session, in the bytes that the log keeps.
  struct Change: Sendable {
    enum Kind: Sendable { case requests, samples }

    var kind: Kind
    var body: [UInt8]
    /// Entries that the store had when the change arrived: it is decided on no older state.
    var place: Int64
    /// Gets the bytes of the answer, on a thread of the engine's `deliver`, or the caller's own.
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

  /// What who looks gets to see: the state, and how many entries made it.
  typealias Sight = Result<(session: LivePagingSession, place: Int64), Problem>

  private enum Work: Sendable {
    case change(Change)
    case look(place: Int64, @Sendable (Sight) -> Void)
  }

  private struct State {
    var position: Position?
    var isBusy = false
    var waiting: Deque<Work> = []
    var memory = 0

    /// The next piece of work; without any the session is free.
    mutating func next() -> Work? {
      let work = waiting.popFirst()
      if work == nil { isBusy = false }
      return work
    }
  }

  let id: JobID
  private let log: SessionLog
  private let state: Mutex<State>

  init(id: JobID, log: SessionLog) {
    self.id = id
    self.log = log
    state = Mutex(State())
  }

  /// Whether something is under way, and about how many bytes the state takes.
  var standing: (isBusy: Bool, memory: Int) { state.withLock { ($0.isBusy, $0.memory) } }

  /// Makes a change when the work before it is done.
  func make(_ change: Change) { take(.change(change)) }

  /// Shows the state when the work before is done: one no older than `place` entries.
  func look(atLeast place: Int64, _ body: @escaping @Sendable (Sight) -> Void) {
    take(.look(place: place, body))
  }

  private func take(_ work: Work) {
    let isFirst = state.withLock { state in
      defer { state.isBusy = true }
      state.waiting.append(work)
      return !state.isBusy
    }
    if isFirst { run() }
  }

  /// Works until nothing waits, or until an entry is on its way to the store.
  private func run() {
    while let work = state.withLock({ $0.next() }) {
      switch work {
      case .change(let change): if !decide(change) { return }
      case .look(let place, let body): show(place, body)
      }
    }
  }

  private func show(_ place: Int64, _ body: (Sight) -> Void) {
    do throws(Problem) {
      let position = try takePosition(atLeast: place)
      body(.success((position.session, position.place)))
      put(position)
    } catch {
      body(.failure(error))
    }
  }

  /// - Returns: false while the change is on its way to the store, which then goes on with `run`.
  private func decide(_ change: Change) -> Bool {
    var position: Position
    do throws(Problem) { position = try takePosition(atLeast: change.place) } catch {
      change.answer(.failure(error))
      return true
    }
    let before = position.session.next
    let digest = SHA256Digest(of: change.body)
    let answer: [UInt8]
    let seq: Int64?
    do throws(Problem) {
      (answer, seq) = try Self.apply(
        change.kind, change.body, digest, to: &position.session)
    } catch {
      put(position)
      change.answer(.failure(error))
      return true
    }
    if change.kind == .requests && position.session.next == before {
      put(position)
      change.answer(.success(answer))
      return true
    }
    position.place += 1
    append(
      change,
      SessionEntry(
        place: position.place, seq: seq, next: Int64(position.session.next), digest: digest,
        request: change.body, answer: answer), position)
    return false
  }

  /// Decides a body on a state.
  ///
  /// - Returns: the answer, and the number of the batch. The state is unchanged where the batch was
  ///   decided before.
  private static func apply(
    _ kind: Change.Kind, _ body: [UInt8], _ digest: SHA256Digest,
    to session: inout LivePagingSession
  ) throws(Problem) -> (answer: [UInt8], seq: Int64?) {
    let document: JSONDocument
    do throws(JSONError) { document = try JSONDocument.parse(body) } catch {
      throw Problem(error)
    }
    do throws(PagingRefusal) {
      if kind == .samples { return (try session.samples(document.root), nil) }
      let seq = document.root["seq"]?.integerValue
      return (try session.requests(document.root, digest: digest.bytes), seq)
    } catch {
      throw Problem(error)
    }
  }

  private func append(_ change: Change, _ entry: SessionEntry, _ after: consuming Position) {
    after.bytesSince += entry.request.count + entry.answer.count
    // A snapshot costs what the state weighs: one for as many bytes of log keeps both cheap.
    var snapshot: [UInt8]?
    if after.bytesSince >= max(after.snapshotBytes, 64 << 10) {
      let bytes = after.session.snapshot()
      (after.bytesSince, after.snapshotBytes) = (0, bytes.count)
      snapshot = bytes
    }
    put(after)
    log.append(entry, to: id, snapshot: snapshot) { [self] result in
      switch result {
      case .success(.appended): change.answer(.success(entry.answer))
      // Another replica was first: what it did is replayed, and the change decided again.
      case .success(.behind(let place)):
        var again = change
        again.place = place
        state.withLock { state in
          state.position = nil
          state.waiting.prepend(.change(again))
        }
      case .success(.expired): fail(change, Self.expired)
      case .success(.notFound): fail(change, Self.notFound)
      case .failure(let error): fail(change, Problem(error))
      }
      run()
    }
  }

  /// The store did not take the entry, or did not say so: the state in memory is ahead of it.
  private func fail(_ change: Change, _ problem: Problem) {
    state.withLock { $0.position = nil }
    change.answer(.failure(problem))
  }

  private func put(_ position: consuming Position) {
    let memory = position.session.memoryEstimate
    let position = position
    state.withLock { state in
      state.position = position
      state.memory = memory
    }
  }

  /// Moves the state out of memory, after bringing it up to at least `place` entries.
  private func takePosition(atLeast place: Int64) throws(Problem) -> Position {
    let known = state.withLock { state in
      let known = state.position
      state.position = nil
      return known
    }
    if let known, known.place >= place { return known }
    return try caughtUp(known)
  }

  /// The state up to the end of the log.
  private func caughtUp(_ known: consuming Position?) throws(Problem) -> Position {
    let history: SessionHistory?
    do throws(JobError) {
      history = try log.history(of: id, after: known?.place ?? 0)
      if history == nil, try log.session(id)?.expiredAt != nil { throw Self.expiredError }
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
        to: &position.session)
      position.place = entry.place
      position.bytesSince += entry.request.count + entry.answer.count
    }
    return position
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
