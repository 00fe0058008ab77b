import Jobs
import Observability

/// A store that refuses the first commits in which a computation ends, or the queue is paused.
final class FlakyStore: JobStore {
  private let store: any JobStore
  private let refusals: Counter

  init(_ store: any JobStore, refusals: Int) {
    self.store = store
    self.refusals = Counter(refusals)
  }

  var isShared: Bool { store.isShared }

  func apply(_ mutations: [StoreMutation], at now: Timestamp) throws(StoreError) -> StoreCommit {
    let isRefused = mutations.contains { mutation in
      switch mutation {
      case .finish, .pause: true
      default: false
      }
    }
    if isRefused, refusals.takeOne() { throw .unavailable(message: "away") }
    return try store.apply(mutations, at: now)
  }

  func job(_ id: JobID) throws(StoreError) -> JobRecord? { try store.job(id) }
  func jobs(
    matching filter: JobFilter, limit: Int, after: JobID?
  ) throws(StoreError) -> [JobRecord] {
    try store.jobs(matching: filter, limit: limit, after: after)
  }
  func changes(
    after number: Int64, owner: String?, limit: Int
  ) throws(StoreError) -> (jobs: [JobRecord], last: Int64) {
    try store.changes(after: number, owner: owner, limit: limit)
  }
  func lastChange() throws(StoreError) -> Int64 { try store.lastChange() }
  func precedent(
    digest: SHA256Digest?, owner: String, idempotency: IdempotencyKey?, at now: Timestamp
  ) throws(StoreError) -> Precedent {
    try store.precedent(digest: digest, owner: owner, idempotency: idempotency, at: now)
  }
  func question(of execution: Int64) throws(StoreError) -> StoredQuestion? {
    try store.question(of: execution)
  }
  func resumeState(of execution: Int64) throws(StoreError) -> StoredBytes? {
    try store.resumeState(of: execution)
  }
  func result(of job: JobID) throws(StoreError) -> StoredResult? { try store.result(of: job) }
  func queue() throws(StoreError) -> QueueCounts { try store.queue() }
  func waiting(limit: Int) throws(StoreError) -> [WaitingExecution] {
    try store.waiting(limit: limit)
  }
  func execution(of job: JobID) throws(StoreError) -> Int64? { try store.execution(of: job) }
  func stopRequests(worker: String) throws(StoreError) -> [StopRequest] {
    try store.stopRequests(worker: worker)
  }
  func nextDeadline(at now: Timestamp) throws(StoreError) -> Timestamp? {
    try store.nextDeadline(at: now)
  }
  func nextDelivery(at now: Timestamp) throws(StoreError) -> Timestamp? {
    try store.nextDelivery(at: now)
  }
  func cacheEntries() throws(StoreError) -> [CachedResult] { try store.cacheEntries() }
  func history(limit: Int) throws(StoreError) -> [MeasuredRun] {
    try store.history(limit: limit)
  }
  func referenced(among digests: [SHA256Digest]) throws(StoreError) -> Set<SHA256Digest> {
    try store.referenced(among: digests)
  }
  func session(_ id: JobID) throws(StoreError) -> SessionRecord? { try store.session(id) }
  func sessionHistory(_ id: JobID, after place: Int64) throws(StoreError) -> StoredSession? {
    try store.sessionHistory(id, after: place)
  }
  func sessions(
    owner: String?, limit: Int, after: JobID?
  ) throws(StoreError) -> [SessionRecord] {
    try store.sessions(owner: owner, limit: limit, after: after)
  }
  func occupiedBytes() throws(StoreError) -> Int { try store.occupiedBytes() }
  func onOutsideChange(_ wake: @escaping @Sendable () -> Void) { store.onOutsideChange(wake) }
  func close() { store.close() }
}
