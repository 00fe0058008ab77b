import Observability

/// What workers do: claim, prolong, tell, end.
extension SQLTransaction {
  // MARK: Claiming

  private struct Queued {
    let candidate: Candidate
    let rank: Int64
  }

  func claim(_ request: ClaimRequest) throws(StoreError) -> MutationOutcome {
    let paused = try pausedAlgorithms()
    if paused.contains("") { return .claimed([], exhausted: true) }
    var queued: [Queued] = []
    var exhausted = true
    for algorithm in request.algorithms where !paused.contains(algorithm) {
      let some = try connection.rows(
        """
        SELECT id, predicted, memory, wide, queued_at, rank FROM executions \
        WHERE state = 'queued' AND algorithm = $1 ORDER BY rank, id LIMIT $2
        """, [.text(algorithm), .integer(request.limit)]
      ) { row throws(StoreError) in
        Queued(
          candidate: Candidate(
            execution: row.integer(0), algorithm: algorithm, predictedSeconds: row.real(1),
            memoryBytes: Int(row.integer(2)), wide: row.flag(3), queuedAt: row.moment(4)),
          rank: row.integer(5))
      }
      if some.count == request.limit { exhausted = false }
      queued += some
    }
    queued.sort {
      ($0.rank, $0.candidate.execution) < ($1.rank, $1.candidate.execution)
    }
    var claimed: [ClaimedExecution] = []
    choosing: for one in queued {
      switch request.admit(one.candidate) {
      case .take:
        if let taken = try take(one.candidate, request) {
          claimed.append(taken)
        } else {
          exhausted = false
        }
      case .skip: exhausted = false
      case .stop:
        exhausted = false
        break choosing
      }
    }
    return .claimed(claimed, exhausted: exhausted)
  }

  /// Paused algorithms; the empty name stands for the whole queue.
  private func pausedAlgorithms() throws(StoreError) -> Set<String> {
    Set(
      try connection.rows("SELECT algorithm FROM pauses") { row throws(StoreError) in
        row.text(0)
      })
  }

  /// Makes the candidate this worker's; nil when another replica was faster.
  private func take(
    _ candidate: Candidate, _ request: ClaimRequest
  ) throws(StoreError) -> ClaimedExecution? {
    let isFree = try connection.exists(
      "SELECT 1 FROM executions WHERE id = $1 AND state = 'queued'\(Connection.lockFreeRows)",
      [.integer(candidate.execution)])
    guard isFree else { return nil }
    let jobs = try openJobs(of: candidate.execution)
    let claimed = try connection.first(
      """
      UPDATE executions SET state = 'running', worker = $1, claim = claim + 1, lease_until = $2 \
      WHERE id = $3 RETURNING claim, seed, spent, key, \
      (SELECT count(*) FROM resume WHERE execution = executions.id)
      """,
      [
        .text(request.worker), .moment(now.adding(milliseconds: request.leaseMilliseconds)),
        .integer(candidate.execution),
      ]
    ) { row throws(StoreError) in
      ClaimedExecution(
        claim: Claim(
          execution: candidate.execution, worker: request.worker, number: row.integer(0)),
        algorithm: candidate.algorithm, seed: UInt64(bitPattern: row.integer(1)),
        predictedSeconds: candidate.predictedSeconds, memoryBytes: candidate.memoryBytes,
        wide: candidate.wide, attempt: Int(row.integer(2)) + 1, hasResumeState: row.flag(4),
        digest: row.digest(3), jobs: jobs.map(\.id))
    }
    guard let claimed else { throw .corrupt(message: "a queued execution went") }
    for job in jobs {
      try update(
        job.id, "state = 'running', started_at = $3, attempt = $4, deadline = $5",
        [
          .moment(now), .integer(claimed.attempt),
          .moment(job.timeout.map { now.adding(milliseconds: $0) }),
        ])
    }
    queuedJobs = queuedJobs.map { $0 - jobs.count }
    return claimed
  }

  // MARK: Running

  func heartbeat(
    _ claims: [Claim], _ leaseMilliseconds: Int64
  ) throws(StoreError) -> MutationOutcome {
    var lost: [Claim] = []
    // In one order everywhere, so that replicas do not lock each other out.
    for claim in claims.sorted(by: { $0.execution < $1.execution }) {
      try connection.run(
        """
        UPDATE executions SET lease_until = $1 \
        WHERE id = $2 AND worker = $3 AND claim = $4 AND state = 'running'
        """,
        [
          .moment(now.adding(milliseconds: leaseMilliseconds)), .integer(claim.execution),
          .text(claim.worker), .integer(claim.number),
        ])
      if connection.changes == 0 { lost.append(claim) }
    }
    return .heartbeat(lost: lost)
  }

  func store(_ progress: JobProgress, of claim: Claim) throws(StoreError) -> Bool {
    guard try holds(claim) else { return false }
    for job in try openJobs(of: claim.execution) {
      try update(
        job.id, "fraction = $3, step = $4, total = $5, message = $6",
        [
          .real(progress.fraction), .optional(progress.step.map { Int64($0) }),
          .optional(progress.total.map { Int64($0) }), .optional(progress.message),
        ])
    }
    return true
  }

  func save(_ state: StoredBytes, of claim: Claim) throws(StoreError) -> Bool {
    guard try holds(claim) else { return false }
    try connection.run(
      """
      INSERT INTO resume (execution, content, blob, bytes) VALUES ($1, $2, $3, $4) \
      ON CONFLICT (execution) DO UPDATE SET content = excluded.content, blob = excluded.blob, \
      bytes = excluded.bytes
      """,
      [
        .integer(claim.execution), .optional(state.inlineBytes), .digest(state.digest),
        .integer(state.count),
      ])
    return true
  }

  // MARK: Ending

  func finish(_ claim: Claim, _ run: FinishedRun) throws(StoreError) -> MutationOutcome {
    guard try holds(claim) else { return .finished(held: false, stored: nil) }
    let execution = claim.execution
    let jobs = try openJobs(of: execution)
    var stored: CachedResult?
    switch run.outcome {
    case .succeeded(let result):
      stored = try succeed(execution, jobs, result, run.runMilliseconds)
    case .failed(let problem, let remembered):
      if remembered > 0 { try remember(problem, of: execution, milliseconds: remembered) }
      for job in jobs {
        _ =
          try job.isCancelling
          ? end(job.id, .cancelled) : end(job.id, .failed, error: problem)
      }
      try close(execution)
    case .stopped:
      // Whoever is not cancelling did not ask for it: their computation begins anew.
      try requeueUnspent(execution)
    }
    return .finished(held: true, stored: stored)
  }

  func release(_ claim: Claim) throws(StoreError) -> Bool {
    guard try holds(claim) else { return false }
    try requeueUnspent(claim.execution)
    return true
  }

  private func requeueUnspent(_ execution: Int64) throws(StoreError) {
    try requeue(execution, spent: try lock(execution)?.spent ?? 0)
  }

  /// Stores the result, ends the jobs, and tells what the cache now has.
  private func succeed(
    _ execution: Int64, _ jobs: [OpenJob], _ result: NewResult, _ runMilliseconds: Int64
  ) throws(StoreError) -> CachedResult? {
    let facts = try connection.first(
      "SELECT keep_result, algorithm, predicted FROM executions WHERE id = $1",
      [.integer(execution)]
    ) { row throws(StoreError) in (row.flag(0), row.text(1), row.real(2)) }
    let (keeps, algorithm, predicted) = facts ?? (false, "", 0)
    let key = keeps ? result.key : nil
    let isWanted = jobs.contains { !$0.isCancelling }
    let expiresAt = now.adding(milliseconds: result.keepMilliseconds)
    var stored: CachedResult?
    var id: Int64?
    if isWanted || key != nil {
      let (row, cached) = try store(
        result, key: key, promisedUntil: isWanted ? expiresAt : now,
        RunFacts(algorithm: algorithm, predicted: predicted, milliseconds: runMilliseconds))
      id = row
      stored = cached
    }
    for job in jobs {
      if job.isCancelling {
        _ = try end(job.id, .cancelled)
      } else {
        try update(
          job.id,
          """
          state = 'succeeded', finished_at = $3, deadline = NULL, fraction = 1, result = $4, \
          result_bytes = $5, expires_at = $6, \(Self.opensDelivery(now: "$3"))
          """,
          [
            .moment(now), .optional(id), .integer(result.bytes.count), .moment(expiresAt),
          ])
      }
    }
    try close(execution)
    return stored
  }

  private struct RunFacts {
    let algorithm: String
    let predicted: Double
    let milliseconds: Int64
  }

  /// A row for the result. One with the same key leaves the cache for it.
  private func store(
    _ result: NewResult, key: SHA256Digest?, promisedUntil: Timestamp, _ run: RunFacts
  ) throws(StoreError) -> (Int64, CachedResult?) {
    if let key {
      try connection.run(
        "UPDATE results SET cached = 0 WHERE key = $1 AND cached = 1", [.digest(key)])
    }
    let id = try connection.first(
      """
      INSERT INTO results (key, cached, digest, bytes, content, blob, algorithm, created_at, \
      compute, predicted, promised_until) \
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id
      """,
      [
        .digest(key), .flag(key != nil), .digest(result.digest), .integer(result.bytes.count),
        .optional(result.bytes.inlineBytes), .digest(result.bytes.digest), .text(run.algorithm),
        .moment(now), .integer(run.milliseconds), .real(run.predicted), .moment(promisedUntil),
      ]
    ) { row throws(StoreError) in row.integer(0) }
    guard let id else { throw .corrupt(message: "a result was not inserted") }
    let cached = key.map { key in
      CachedResult(
        id: id, key: key, algorithm: run.algorithm, bytes: result.bytes.count,
        computeMilliseconds: run.milliseconds, createdAt: now, promisedUntil: promisedUntil,
        hits: 0)
    }
    return (id, cached)
  }

  // MARK: Leases and time limits

  func reap(_ request: ReapRequest) throws(StoreError) -> MutationOutcome {
    let late = try connection.rows(
      """
      SELECT id, spent, max_attempts FROM executions WHERE state = 'running' \
      AND (lease_until < $1 OR $2 = 1) ORDER BY id\(Connection.lockFreeRows)
      """, [.moment(now), .flag(request.all)]
    ) { row throws(StoreError) in (row.integer(0), row.integer(1) + 1, row.integer(2)) }
    var (queued, failed) = (0, 0)
    for (execution, spent, limit) in late {
      if spent < limit {
        try requeue(execution, spent: spent)
        queued += 1
        continue
      }
      for job in try openJobs(of: execution) {
        _ =
          try job.isCancelling
          ? end(job.id, .cancelled) : end(job.id, .failed, error: request.problem)
      }
      try close(execution)
      failed += 1
    }
    return .reaped(queued: queued, failed: failed)
  }

  func expire(timeout: [UInt8], queueTimeout: [UInt8]) throws(StoreError) -> MutationOutcome {
    let late = try connection.rows(
      "SELECT id, execution FROM jobs WHERE deadline <= $1 ORDER BY deadline LIMIT 500",
      [.moment(now)]
    ) { row throws(StoreError) in (try row.jobID(0), row.integer(1)) }
    var stop: [StopRequest] = []
    var count = 0
    for (id, execution) in late {
      guard let standing = try lock(execution), let job = try job(id), !job.state.isFinished
      else { continue }
      let isRunning = job.state == .running
      if job.cancelling {
        _ = try end(id, .cancelled)
      } else {
        _ = try end(id, .failed, error: isRunning ? timeout : queueTimeout)
      }
      if !isRunning { queuedJobs = queuedJobs.map { $0 - 1 } }
      count += 1
      if let request = try settle(standing, timedOut: true) { stop.append(request) }
    }
    return .expired(count: count, stop: stop)
  }
}
