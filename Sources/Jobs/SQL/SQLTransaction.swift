import Observability

/// The rules of jobs, as changes of the tables, inside one transaction that the store has begun.
/// One logic for both databases: see `JobStore` for what must hold.
///
/// Whoever changes an execution or its jobs locks the execution's row first, so that replicas
/// take turns.
final class SQLTransaction<Connection: SQLConnection> {
  let connection: Connection
  let now: Timestamp
  /// Jobs changed so far, each in its last form.
  private(set) var changed: [JobID: JobRecord] = [:]
  /// Jobs queued, counted at the first submission and kept up from there.
  var queuedJobs: Int?

  init(_ connection: Connection, at now: Timestamp) {
    self.connection = connection
    self.now = now
  }

  func apply(_ mutation: StoreMutation) throws(StoreError) -> MutationOutcome {
    switch mutation {
    case .submit(let job): return .submitted(try submit(job))
    case .claim(let request): return try claim(request)
    case .heartbeat(let claims, let lease): return try heartbeat(claims, lease)
    case .progress(let claim, let progress): return .held(try store(progress, of: claim))
    case .saveResume(let claim, let state): return .held(try save(state, of: claim))
    case .finish(let claim, let run): return try finish(claim, run)
    case .release(let claim): return .held(try release(claim))
    case .reap(let request): return try reap(request)
    case .expire(let timeout, let queueTimeout):
      return try expire(timeout: timeout, queueTimeout: queueTimeout)
    case .cancel(let id): return .cancelled(try cancel(id))
    case .cancelMatching(let filter): return try cancelMatching(filter)
    case .retry(let id, let limit): return .retried(try retry(id, maximumQueued: limit))
    case .retryMatching(let filter, let limit): return try retryMatching(filter, limit)
    case .delete(let id): return try delete(id)
    case .pause(let isPaused, let algorithm): return try pause(isPaused, algorithm)
    case .retain(let limits): return try retain(limits)
    case .evict(let ids): return try evict(ids)
    case .session(let mutation): return .session(try apply(mutation))
    case .keepBlob(let digest, let moment): return try keep(digest, until: moment)
    case .claimDeliveries(let limit, let lease): return try claimDeliveries(limit, lease)
    case .delivered(let id, let call, let outcome):
      return .held(try note(outcome, ofCall: call, job: id))
    }
  }

  /// The jobs changed, in order of their change numbers.
  var changedInOrder: [JobRecord] {
    changed.values.sorted { $0.changeNumber < $1.changeNumber }
  }

  // MARK: Rows of jobs

  func job(_ id: JobID) throws(StoreError) -> JobRecord? {
    try connection.first(
      "SELECT \(SQLJobCoding.columns) FROM jobs WHERE id = $1", [.id(id)],
      SQLJobCoding.record)
  }

  /// Changes one job: `columns` are assignments whose parameters begin at `$3`.
  @discardableResult
  func update(
    _ id: JobID, _ columns: String, _ values: [SQLValue] = []
  ) throws(StoreError) -> JobRecord {
    let number = try connection.nextChange()
    let record = try connection.first(
      """
      UPDATE jobs SET change = $1, updated_at = $2, revision = revision + 1, \(columns) \
      WHERE id = $\(values.count + 3) RETURNING \(SQLJobCoding.columns)
      """, [.integer(number), .moment(now)] + values + [.id(id)], SQLJobCoding.record)
    guard let record else { throw .corrupt(message: "a job went while it was changed") }
    changed[id] = record
    return record
  }

  /// Notes a job that was inserted.
  func note(_ record: JobRecord) { changed[record.id] = record }

  func forget(_ id: JobID) { changed[id] = nil }

  /// Open jobs of an execution, oldest first.
  func openJobs(of execution: Int64) throws(StoreError) -> [OpenJob] {
    try connection.rows(
      """
      SELECT id, cancelling, timeout FROM jobs \
      WHERE execution = $1 AND state IN ('queued', 'running') ORDER BY id
      """, [.integer(execution)]
    ) { row throws(StoreError) in
      OpenJob(
        id: try row.jobID(0), isCancelling: row.flag(1), timeout: row.optionalInteger(2))
    }
  }

  /// Ends a job.
  func end(
    _ id: JobID, _ state: JobState, error: [UInt8]? = nil
  ) throws(StoreError) -> JobRecord {
    try update(
      id,
      """
      state = $3, finished_at = $4, error = $5, cancelling = 0, deadline = NULL, \
      \(Self.opensDelivery(now: "$4"))
      """,
      [.text(state.rawValue), .moment(now), .optional(error)])
  }

  // MARK: Rows of executions

  /// Locks an execution's row and reads how it stands; nil when it is gone.
  func lock(_ execution: Int64) throws(StoreError) -> ExecutionStanding? {
    try connection.first(
      "SELECT state, stop, spent FROM executions WHERE id = $1\(Connection.lockRows)",
      [.integer(execution)]
    ) { row throws(StoreError) in
      ExecutionStanding(
        id: execution, state: row.text(0), isStopping: !row.isNull(1), spent: row.integer(2))
    }
  }

  /// Whether the claim holds; locks the row.
  func holds(_ claim: Claim) throws(StoreError) -> Bool {
    try connection.exists(
      """
      SELECT 1 FROM executions \
      WHERE id = $1 AND worker = $2 AND claim = $3 AND state = 'running'\(Connection.lockRows)
      """, [.integer(claim.execution), .text(claim.worker), .integer(claim.number)])
  }

  /// The execution is over. Its row goes unless a job may want to be tried again from it.
  func close(_ execution: Int64) throws(StoreError) {
    try connection.run("DELETE FROM resume WHERE execution = $1", [.integer(execution)])
    try connection.run(
      """
      DELETE FROM executions WHERE id = $1 AND NOT EXISTS \
      (SELECT 1 FROM jobs WHERE execution = $1 AND state <> 'succeeded')
      """, [.integer(execution)])
    if connection.changes == 0 {
      try connection.run(
        """
        UPDATE executions SET state = 'done', joinable = 0, worker = NULL, lease_until = NULL \
        WHERE id = $1
        """, [.integer(execution)])
    }
  }

  /// Puts a running execution back into the queue, at its old place.
  func requeue(_ execution: Int64, spent: Int64) throws(StoreError) {
    var left = 0
    for job in try openJobs(of: execution) {
      if job.isCancelling {
        _ = try end(job.id, .cancelled)
      } else {
        left += 1
        try update(job.id, "state = 'queued', started_at = NULL, deadline = NULL")
      }
    }
    queuedJobs = queuedJobs.map { $0 + left }
    if left == 0 { return try close(execution) }
    try connection.run(
      """
      UPDATE executions SET state = 'queued', worker = NULL, lease_until = NULL, stop = NULL, \
      spent = $1 WHERE id = $2
      """, [.integer(spent), .integer(execution)])
  }

  /// After a job left its execution: one without open jobs is over, or told to stop.
  func settle(
    _ standing: ExecutionStanding, timedOut: Bool = false
  ) throws(StoreError) -> StopRequest? {
    guard try openJobs(of: standing.id).isEmpty else { return nil }
    switch standing.state {
    case "queued":
      try close(standing.id)
      return nil
    case "running":
      try tellToStop(standing.id, timedOut: timedOut)
      return StopRequest(execution: standing.id, timedOut: timedOut)
    default:
      return nil
    }
  }

  func tellToStop(_ execution: Int64, timedOut: Bool) throws(StoreError) {
    try connection.run(
      "UPDATE executions SET stop = $1, joinable = 0 WHERE id = $2",
      [.text(timedOut ? "timeout" : "cancelled"), .integer(execution)])
  }
}

/// An open job as far as its execution cares.
struct OpenJob {
  let id: JobID
  let isCancelling: Bool
  /// Milliseconds it may run.
  let timeout: Int64?
}

struct ExecutionStanding {
  let id: Int64
  let state: String
  let isStopping: Bool
  let spent: Int64
}
