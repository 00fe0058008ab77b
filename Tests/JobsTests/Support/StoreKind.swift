import Jobs
import Observability
import Testing

/// The stores that the conformance suite runs on.
enum StoreKind: String, Sendable, CaseIterable {
  case sqlite, postgresql

  /// PostgreSQL is left out where it is not installed.
  static var available: [StoreKind] {
    PostgreSQLServer.isInstalled ? allCases : [.sqlite]
  }

  /// An empty store whose time is the caller's.
  func make() throws -> StoreFixture {
    let directory = try TemporaryDirectory()
    switch self {
    case .sqlite:
      let store = try SQLiteStore(directory: directory.path, durability: .normal)
      return StoreFixture(store: store, directory: directory)
    case .postgresql:
      let server = try #require(PostgreSQLServer.shared)
      let store = try PostgreSQLStore(url: try server.freshSchema(), timeSource: .caller)
      return StoreFixture(store: store, directory: directory)
    }
  }
}

/// A store, a clock, and the shortest ways to do things to it.
final class StoreFixture: Sendable {
  let store: any JobStore
  let directory: TemporaryDirectory
  let clock = ManualClock()
  let ids = JobIDSource()

  init(store: any JobStore, directory: TemporaryDirectory) {
    self.store = store
    self.directory = directory
  }

  deinit { store.close() }

  func apply(_ mutation: StoreMutation) throws -> MutationOutcome {
    let commit = try store.apply([mutation], at: clock.now())
    return try #require(commit.outcomes.first)
  }

  /// A job of algorithm `a` with a short input, unless told otherwise.
  func draft(_ change: (inout NewJob) -> Void = { _ in }) -> NewJob {
    var job = NewJob(id: ids.next(at: clock.now()), algorithm: "a", input: .inline([1, 2, 3]))
    change(&job)
    return job
  }

  func submit(_ change: (inout NewJob) -> Void = { _ in }) throws -> JobRecord {
    guard case .submitted(.accepted(let record, _, _)) = try apply(.submit(draft(change))) else {
      throw Unexpected()
    }
    return record
  }

  func claim(
    worker: String = "w", algorithms: [String] = ["a", "b"], most: Int = 1
  ) throws -> [ClaimedExecution] {
    let left = Counter(most)
    let request = ClaimRequest(
      worker: worker, leaseMilliseconds: 30_000, algorithms: algorithms, limit: 64
    ) { _ in left.takeOne() ? .take : .stop }
    guard case .claimed(let claimed, _) = try apply(.claim(request)) else { throw Unexpected() }
    return claimed
  }

  func claimOne(worker: String = "w") throws -> ClaimedExecution {
    try #require(try claim(worker: worker).first)
  }

  func succeed(_ claim: Claim, _ bytes: [UInt8] = [7], key: SHA256Digest? = nil) throws -> Bool {
    let result = NewResult(
      key: key, bytes: .inline(bytes), digest: SHA256Digest(of: bytes),
      keepMilliseconds: 86_400_000)
    let run = FinishedRun(outcome: .succeeded(result), runMilliseconds: 12)
    guard case .finished(let held, _) = try apply(.finish(claim, run)) else { throw Unexpected() }
    return held
  }

  /// A session with so many entries, a snapshot with the one at `place`.
  func session(entries: Int64, snapshotAt place: Int64) throws {
    let new = NewSession(
      id: ids.next(at: clock.now()), owner: "ann", configuration: [], snapshot: .inline([0]),
      next: 0, maximum: 10)
    _ = try apply(.session(.create(new)))
    for number in 1...entries {
      let entry = SessionEntry(
        place: number, seq: nil, next: number, digest: SHA256Digest(of: [UInt8(number)]),
        request: [1], answer: [2])
      let append = SessionMutation.append(
        new.id, entry, snapshot: number == place ? .inline([9]) : nil)
      guard case .session(.appended(.appended, _)) = try apply(.session(append)) else {
        throw Unexpected()
      }
    }
  }

  func record(_ id: JobID) throws -> JobRecord { try #require(try store.job(id)) }
}

struct Unexpected: Error {}
