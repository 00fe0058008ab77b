import Observability

extension SQLTransaction {
  func submit(_ new: NewJob) throws(StoreError) -> SubmitOutcome {
    if let repeated = try replay(new) { return repeated }
    if new.cacheUse == .normal, let digest = new.digest {
      if let result = try cachedResult(for: digest) { return try answer(new, with: result) }
      if let open = try openExecution(of: digest) { return try join(new, open) }
      if let known = try refusal(of: digest) {
        return .refused(
          try insertJob(new, execution: known.execution, refusal: known.problem))
      }
    }
    guard let input = new.input else { return .needsInput }
    if try isFull(new.maximumQueued) { return .queueFull }
    guard let execution = try insertExecution(new, input) else {
      // Another replica opened one with this digest just now.
      guard let digest = new.digest, let open = try openExecution(of: digest) else {
        throw .busy
      }
      return try join(new, open)
    }
    let record = try insertJob(new, execution: execution)
    queuedJobs = (queuedJobs ?? 0) + 1
    return .accepted(record, execution: execution, joined: false)
  }

  /// Whether as many jobs wait as may.
  func isFull(_ limit: Int) throws(StoreError) -> Bool {
    if queuedJobs == nil {
      let count = try connection.first(
        "SELECT count(*) FROM jobs WHERE state = 'queued'"
      ) { row throws(StoreError) in Int(row.integer(0)) }
      queuedJobs = count ?? 0
    }
    return queuedJobs ?? 0 >= limit
  }

  // MARK: Precedents

  private func replay(_ new: NewJob) throws(StoreError) -> SubmitOutcome? {
    guard let key = new.idempotency else { return nil }
    let place: [SQLValue] = [.text(new.owner), .text(key.path), .text(key.key)]
    let known = try connection.first(
      """
      SELECT job, payload, expires_at FROM idempotency \
      WHERE owner = $1 AND path = $2 AND key = $3
      """, place
    ) { row throws(StoreError) in
      (job: try row.jobID(0), payload: row.digest(1), expiresAt: row.moment(2))
    }
    guard let known else { return nil }
    if known.expiresAt > now, let record = try job(known.job) {
      return known.payload == key.payload ? .replayed(record) : .idempotencyMismatch
    }
    try connection.run(
      "DELETE FROM idempotency WHERE owner = $1 AND path = $2 AND key = $3", place)
    return nil
  }

  private func cachedResult(for digest: SHA256Digest) throws(StoreError) -> CachedResult? {
    try connection.first(
      """
      SELECT \(SQLJobCoding.resultColumns) FROM results \
      WHERE key = $1 AND cached = 1\(Connection.lockRows)
      """, [.digest(digest)], SQLJobCoding.cachedResult)
  }

  /// A new job that is over at once.
  private func answer(
    _ new: NewJob, with result: CachedResult
  ) throws(StoreError) -> SubmitOutcome {
    var result = result
    let expiresAt = now.adding(milliseconds: new.resultMilliseconds)
    result.promisedUntil = max(result.promisedUntil, expiresAt)
    result.hits += 1
    try connection.run(
      "UPDATE results SET promised_until = $1, hits = $2 WHERE id = $3",
      [.moment(result.promisedUntil), .integer(result.hits), .integer(result.id)])
    let record = try insertJob(new, execution: nil, answer: result, expiresAt: expiresAt)
    return .cached(record, result)
  }

  private struct OpenExecution {
    let id: Int64
    let isRunning: Bool
    let attempt: Int64
    let rank: Int64
  }

  private func openExecution(of digest: SHA256Digest) throws(StoreError) -> OpenExecution? {
    try connection.first(
      """
      SELECT id, state, spent, rank FROM executions \
      WHERE key = $1 AND joinable = 1\(Connection.lockRows)
      """, [.digest(digest)]
    ) { row throws(StoreError) in
      let isRunning = row.text(1) == "running"
      return OpenExecution(
        id: row.integer(0), isRunning: isRunning, attempt: isRunning ? row.integer(2) + 1 : 0,
        rank: row.integer(3))
    }
  }

  /// A new job that shares a computation under way.
  private func join(_ new: NewJob, _ open: OpenExecution) throws(StoreError) -> SubmitOutcome {
    if open.isRunning {
      let record = try insertJob(new, execution: open.id, runningAttempt: open.attempt)
      return .accepted(record, execution: open.id, joined: true)
    }
    if try isFull(new.maximumQueued) { return .queueFull }
    let rank = now.milliseconds - Int64(new.priority) * new.ageingMilliseconds
    if rank < open.rank {
      try connection.run(
        "UPDATE executions SET rank = $1 WHERE id = $2", [.integer(rank), .integer(open.id)])
    }
    let record = try insertJob(new, execution: open.id)
    queuedJobs = (queuedJobs ?? 0) + 1
    return .accepted(record, execution: open.id, joined: true)
  }

  // MARK: Rows

  /// Queues a computation; nil when one with this digest is open already.
  ///
  /// Rank (least first): the moment at which the owner's turn comes, less what priority is worth.
  /// An owner's turns come one after the other, each as long as its computation is predicted to
  /// keep the machine, and begin now where nothing of the owner's waits at this priority or above
  /// it: who queues much does not hold up who queues little. Since the rank is fixed, waiting
  /// makes up for priority at the rate of `ageingMilliseconds` a point.
  private func insertExecution(
    _ new: NewJob, _ input: StoredBytes
  ) throws(StoreError) -> Int64? {
    let last = try connection.first(
      """
      SELECT turn_end FROM executions WHERE state = 'queued' AND owner = $1 AND priority >= $2 \
      ORDER BY turn_end DESC LIMIT 1
      """, [.text(new.owner), .integer(new.priority)]
    ) { row throws(StoreError) in row.integer(0) }
    let begin = max(now.milliseconds, last ?? Int64.min)
    let rank = begin - Int64(new.priority) * new.ageingMilliseconds
    let isShared = new.digest != nil && new.cacheUse == .normal
    return try connection.first(
      """
      INSERT INTO executions (key, joinable, keep_result, algorithm, version, seed, parameters, \
      input, input_blob, input_bytes, owner, priority, rank, turn, turn_end, predicted, memory, \
      wide, state, queued_at, max_attempts) \
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
      'queued', $19, $20) ON CONFLICT DO NOTHING RETURNING id
      """,
      [
        .digest(new.digest), .flag(isShared), .flag(new.cacheUse != .bypass),
        .text(new.algorithm), .text(new.version), .integer(Int64(bitPattern: new.seed)),
        .blob(new.parameters), .optional(input.inlineBytes), .digest(input.digest),
        .integer(input.count), .text(new.owner), .integer(new.priority), .integer(rank),
        .integer(new.turnMilliseconds), .integer(begin + new.turnMilliseconds),
        .real(new.cost.seconds), .integer(new.cost.bytes), .flag(new.cost.wide), .moment(now),
        .integer(new.maximumAttempts),
      ]
    ) { row throws(StoreError) in row.integer(0) }
  }

  private func insertJob(
    _ new: NewJob, execution: Int64?, runningAttempt: Int64? = nil,
    answer: CachedResult? = nil, expiresAt: Timestamp? = nil, refusal: [UInt8]? = nil
  ) throws(StoreError) -> JobRecord {
    let state: JobState =
      answer != nil
      ? .succeeded : refusal != nil ? .failed : runningAttempt != nil ? .running : .queued
    let isOver = state.isFinished
    let limit =
      switch state {
      case .queued: new.queueTimeoutMilliseconds
      case .running: new.timeoutMilliseconds
      default: Int64?.none
      }
    let number = try connection.nextChange()
    let record = try connection.first(
      """
      INSERT INTO jobs (id, execution, owner, algorithm, version, state, priority, fraction, \
      attempt, max_attempts, created_at, started_at, updated_at, finished_at, expires_at, digest, \
      cached, result_bytes, result, labels, traceparent, webhook, predicted, revision, change, \
      timeout, queue_timeout, deadline, error, delivery, delivery_due) \
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
      $19, $20, $21, $22, $23, 1, $24, $25, $26, $27, $28, $29, $30) RETURNING \(SQLJobCoding.columns)
      """,
      [
        .id(new.id), .optional(execution), .text(new.owner), .text(new.algorithm),
        .text(new.version), .text(state.rawValue), .integer(new.priority),
        .real(answer == nil ? 0 : 1), .integer(runningAttempt ?? 0),
        .integer(new.maximumAttempts), .moment(now), .moment(state == .running ? now : nil),
        .moment(now), .moment(isOver ? now : nil), .moment(expiresAt),
        .digest(new.digest), .flag(isOver), .optional(answer.map { Int64($0.bytes) }),
        .optional(answer?.id), .optional(LabelCoding.encode(new.labels)),
        .optional(new.traceparent), .optional(new.webhook), .real(new.cost.seconds),
        .integer(number), .optional(new.timeoutMilliseconds),
        .optional(new.queueTimeoutMilliseconds),
        .moment(limit.map { now.adding(milliseconds: $0) }), .optional(refusal),
        .optional(isOver ? new.webhook.map { _ in "pending" } : nil),
        .moment(isOver && new.webhook != nil ? now : nil),
      ], SQLJobCoding.record)
    guard let record else { throw .corrupt(message: "a job was not inserted") }
    note(record)
    try insertSurroundings(of: new)
    return record
  }

  private func insertSurroundings(of new: NewJob) throws(StoreError) {
    for label in new.labels {
      try connection.run(
        "INSERT INTO labels (name, value, job) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        [.text(label.name), .text(label.value), .id(new.id)])
    }
    guard let key = new.idempotency else { return }
    try connection.run(
      """
      INSERT INTO idempotency (owner, path, key, payload, job, expires_at) \
      VALUES ($1, $2, $3, $4, $5, $6)
      """,
      [
        .text(new.owner), .text(key.path), .text(key.key), .digest(key.payload), .id(new.id),
        .moment(now.adding(milliseconds: new.idempotencyMilliseconds)),
      ])
  }
}
