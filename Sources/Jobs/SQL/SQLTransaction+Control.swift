import Observability

/// What callers and operators do: cancel, retry, delete, pause, keep, let go.
extension SQLTransaction {
  // MARK: Cancelling

  func cancel(_ id: JobID) throws(StoreError) -> CancelOutcome {
    guard let seen = try job(id) else { return .notFound }
    if seen.state.isFinished { return .finished(seen) }
    guard let standing = try executionStanding(of: id), let job = try job(id) else {
      return .finished(try end(id, .cancelled))
    }
    if job.state.isFinished { return .finished(job) }
    let isAlone = try openJobs(of: standing.id).count == 1
    if standing.state == "running", isAlone {
      let record = job.cancelling ? job : try update(id, "cancelling = 1")
      try tellToStop(standing.id, timedOut: false)
      return .stopping(record, StopRequest(execution: standing.id, timedOut: false))
    }
    if job.state == .queued { queuedJobs = queuedJobs.map { $0 - 1 } }
    let record = try end(id, .cancelled)
    _ = try settle(standing)
    return .finished(record)
  }

  /// Locks the execution that a job belongs to.
  private func executionStanding(of id: JobID) throws(StoreError) -> ExecutionStanding? {
    let execution = try connection.first(
      "SELECT execution FROM jobs WHERE id = $1", [.id(id)]
    ) { row throws(StoreError) in row.optionalInteger(0) }
    guard let execution, let execution else { return nil }
    return try lock(execution)
  }

  func cancelMatching(_ filter: JobFilter) throws(StoreError) -> MutationOutcome {
    var open = filter
    open.states = [.queued, .running]
    if !filter.states.isEmpty { open.states.formIntersection(filter.states) }
    let matched = try count(filter)
    var changed = 0
    var stop: [StopRequest] = []
    for id in open.states.isEmpty ? [] : try ids(matching: open) {
      switch try cancel(id) {
      case .notFound: continue
      case .finished: changed += 1
      case .stopping(_, let request):
        changed += 1
        stop.append(request)
      }
    }
    return .cancelledMatching(matched: matched, changed: changed, stop: stop)
  }

  // MARK: Retrying

  func retry(_ id: JobID, maximumQueued: Int) throws(StoreError) -> RetryOutcome {
    guard let job = try job(id) else { return .notFound }
    guard job.state == .failed || job.state == .cancelled else {
      return .notRetryable(job.state)
    }
    if try isFull(maximumQueued) { return .queueFull }
    let execution = try connection.first(
      """
      INSERT INTO executions (key, joinable, keep_result, algorithm, version, seed, parameters, \
      input, input_blob, input_bytes, owner, priority, rank, turn, turn_end, predicted, memory, \
      wide, state, queued_at, max_attempts) \
      SELECT key, 0, keep_result, algorithm, version, seed, parameters, input, input_blob, \
      input_bytes, owner, priority, $1 - (turn_end - turn - rank), turn, $1 + turn, predicted, memory, \
      wide, 'queued', $1, max_attempts FROM executions \
      WHERE id = (SELECT execution FROM jobs WHERE id = $2) RETURNING id
      """, [.moment(now), .id(id)]
    ) { row throws(StoreError) in row.integer(0) }
    guard let execution else { return .notRetryable(job.state) }
    let old = try executionStanding(of: id)
    let record = try update(
      id,
      """
      state = 'queued', execution = $3, cancelling = 0, fraction = 0, step = NULL, total = NULL, \
      message = NULL, attempt = 0, started_at = NULL, finished_at = NULL, error = NULL, \
      deadline = $4 + queue_timeout, \(Self.closesDelivery)
      """, [.integer(execution), .moment(now)])
    if let old, old.state == "done" { try close(old.id) }
    queuedJobs = (queuedJobs ?? 0) + 1
    return .retried(record)
  }

  func retryMatching(
    _ filter: JobFilter, _ maximumQueued: Int
  ) throws(StoreError) -> MutationOutcome {
    var over = filter
    over.states = [.failed, .cancelled]
    if !filter.states.isEmpty { over.states.formIntersection(filter.states) }
    let matched = try count(filter)
    var changed = 0
    for id in over.states.isEmpty ? [] : try ids(matching: over) {
      if case .retried = try retry(id, maximumQueued: maximumQueued) { changed += 1 }
    }
    return .retriedMatching(matched: matched, changed: changed)
  }

  // MARK: Deleting

  func delete(_ id: JobID) throws(StoreError) -> MutationOutcome {
    guard let seen = try job(id) else { return .deleted(found: false, stop: []) }
    let standing = try executionStanding(of: id)
    if seen.state == .queued { queuedJobs = queuedJobs.map { $0 - 1 } }
    try erase(id, result: seen.result)
    guard let standing else { return .deleted(found: true, stop: []) }
    let request = try settle(standing)
    if standing.state == "done" { try close(standing.id) }
    return .deleted(found: true, stop: request.map { [$0] } ?? [])
  }

  /// Removes a job's rows, and its result's promise.
  private func erase(_ id: JobID, result: Int64?) throws(StoreError) {
    try connection.run("DELETE FROM jobs WHERE id = $1", [.id(id)])
    try connection.run("DELETE FROM labels WHERE job = $1", [.id(id)])
    try connection.run("DELETE FROM idempotency WHERE job = $1", [.id(id)])
    try connection.protectChangeNumbers()
    forget(id)
    guard let result else { return }
    try connection.run(
      """
      UPDATE results SET promised_until = coalesce(\
      (SELECT max(expires_at) FROM jobs WHERE result = $1), 0) WHERE id = $1
      """, [.integer(result)])
    try connection.run(
      "DELETE FROM results WHERE id = $1 AND cached = 0 AND promised_until <= $2",
      [.integer(result), .moment(now)])
  }

  // MARK: Selecting

  func ids(matching filter: JobFilter) throws(StoreError) -> [JobID] {
    let clause = SQLFilter(filter)
    return try connection.rows(
      "SELECT id FROM jobs WHERE \(clause.text) ORDER BY id", clause.values
    ) { row throws(StoreError) in try row.jobID(0) }
  }

  private func count(_ filter: JobFilter) throws(StoreError) -> Int {
    let clause = SQLFilter(filter)
    return try connection.first(
      "SELECT count(*) FROM jobs WHERE \(clause.text)", clause.values
    ) { row throws(StoreError) in Int(row.integer(0)) } ?? 0
  }

  // MARK: The queue, and keeping

  func pause(_ isPaused: Bool, _ algorithm: String?) throws(StoreError) -> MutationOutcome {
    let statement =
      isPaused
      ? "INSERT INTO pauses (algorithm) VALUES ($1) ON CONFLICT DO NOTHING"
      : "DELETE FROM pauses WHERE algorithm = $1"
    try connection.run(statement, [.text(algorithm ?? "")])
    return .paused
  }

  func keep(_ digest: SHA256Digest, until: Timestamp) throws(StoreError) -> MutationOutcome {
    try connection.run(
      """
      INSERT INTO uploads (blob, keep_until) VALUES ($1, $2) \
      ON CONFLICT (blob) DO UPDATE SET keep_until = excluded.keep_until
      """, [.digest(digest), .moment(until)])
    return .kept
  }

  func retain(_ limits: RetentionLimits) throws(StoreError) -> MutationOutcome {
    var outcome = RetentionOutcome()
    let old = try connection.rows(
      """
      SELECT id, execution, result FROM jobs WHERE finished_at < $1 ORDER BY finished_at LIMIT $2
      """, [.moment(limits.rowsBefore), .integer(limits.limit)]
    ) { row throws(StoreError) in
      (try row.jobID(0), row.optionalInteger(1), row.optionalInteger(2))
    }
    for (id, execution, result) in old {
      try erase(id, result: result)
      if let execution, let standing = try lock(execution), standing.state == "done" {
        try close(execution)
      }
    }
    outcome.jobs = old.count
    outcome.results = try connection.rows(
      """
      DELETE FROM results WHERE id IN (SELECT id FROM results \
      WHERE cached = 0 AND promised_until <= $1 LIMIT $2) RETURNING id
      """, [.moment(now), .integer(limits.limit)]
    ) { row throws(StoreError) in row.integer(0) }
    try connection.run("DELETE FROM idempotency WHERE expires_at <= $1", [.moment(now)])
    outcome.idempotencyKeys = connection.changes
    try forgetRefusals()
    try connection.run("DELETE FROM uploads WHERE keep_until <= $1", [.moment(now)])
    outcome.more = old.count == limits.limit || outcome.results.count == limits.limit
    return .retained(outcome)
  }

  func evict(_ ids: [Int64]) throws(StoreError) -> MutationOutcome {
    var gone: [Int64] = []
    var blobs: [SHA256Digest] = []
    for id in ids {
      try connection.run(
        "DELETE FROM results WHERE id = $1 AND promised_until <= $2 RETURNING blob",
        [.integer(id), .moment(now)]
      ) { row throws(StoreError) in
        gone.append(id)
        if let blob = row.digest(0) { blobs.append(blob) }
      }
    }
    return .evicted(gone, blobs: blobs)
  }
}
