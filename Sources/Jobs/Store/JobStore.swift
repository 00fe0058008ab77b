public import Observability

/// Where jobs are kept. Two are provided: SQLite for one process, PostgreSQL for replicas.
///
/// 1. `apply` is one transaction: when it returns, everything in it is durable; when it throws,
///    nothing of it happened.
/// 2. Mutations take effect in their order, each seeing those before it.
/// 3. A mutation refused for what it asks (a lost lease, an unknown job) changes nothing, and the
///    others hold.
/// 4. Every change of a job raises its `revision` by at least 1 and gives it a `changeNumber`
///    above all visible ones.
/// 5. An execution is claimed by at most one worker at a time, and what a worker says about it
///    counts only with the claim's own number (`Claim`): a computation never ends twice.
///
/// Reads see everything applied before. All calls may come from any thread and block.
public protocol JobStore: SessionStore {
  /// Whether other processes may work on the same rows.
  var isShared: Bool { get }

  func apply(_ mutations: [StoreMutation], at now: Timestamp) throws(StoreError) -> StoreCommit

  func job(_ id: JobID) throws(StoreError) -> JobRecord?
  /// Newest first, at most `limit`, older than `after`.
  func jobs(
    matching filter: JobFilter, limit: Int, after: JobID?
  ) throws(StoreError) -> [JobRecord]
  /// Jobs changed after the change `number`, in order of their last change; `last` is what to
  /// ask with next.
  func changes(
    after number: Int64, owner: String?, limit: Int
  ) throws(StoreError) -> (jobs: [JobRecord], last: Int64)
  /// The number of the last change.
  func lastChange() throws(StoreError) -> Int64

  /// What is there already for a submission, so that its input need not be stored.
  func precedent(
    digest: SHA256Digest?, owner: String, idempotency: IdempotencyKey?, at now: Timestamp
  ) throws(StoreError) -> Precedent
  /// What a claimed execution is to compute; nil when it is gone.
  func question(of execution: Int64) throws(StoreError) -> StoredQuestion?
  /// The state saved last by a claimed execution.
  func resumeState(of execution: Int64) throws(StoreError) -> StoredBytes?
  /// The result that a job refers to; nil when it is gone.
  func result(of job: JobID) throws(StoreError) -> StoredResult?

  func queue() throws(StoreError) -> QueueCounts
  /// Rank (ascending: first to start first) and predicted core milliseconds of what is queued,
  /// by execution, at most `limit`.
  func waiting(limit: Int) throws(StoreError) -> [WaitingExecution]
  /// The execution a job belongs to.
  func execution(of job: JobID) throws(StoreError) -> Int64?
  /// Executions of this worker that are to stop.
  func stopRequests(worker: String) throws(StoreError) -> [StopRequest]
  /// The next moment at which a job's time limit passes, by the clock of the caller, where it is
  /// `now`: the store may go by another.
  func nextDeadline(at now: Timestamp) throws(StoreError) -> Timestamp?

  /// The next moment at which a webhook is to be called, by the caller's clock likewise.
  func nextDelivery(at now: Timestamp) throws(StoreError) -> Timestamp?

  /// Results that the cache may answer with.
  func cacheEntries() throws(StoreError) -> [CachedResult]
  /// Predicted against measured seconds of the last computations, oldest first.
  func history(limit: Int) throws(StoreError) -> [MeasuredRun]
  /// Those of `digests` that a row refers to.
  func referenced(among digests: [SHA256Digest]) throws(StoreError) -> Set<SHA256Digest>
  /// What the store itself occupies, without blobs.
  func occupiedBytes() throws(StoreError) -> Int

  /// Calls `wake` (from any thread, soon) when another process may have queued or changed a job.
  func onOutsideChange(_ wake: @escaping @Sendable () -> Void)
  /// Ends connections; no call may follow.
  func close()
}
