import Observability

/// What the stores read, on a connection that nobody writes with meanwhile.
struct SQLQueries<Connection: SQLConnection> {
  let connection: Connection

  func job(_ id: JobID) throws(StoreError) -> JobRecord? {
    try connection.first(
      "SELECT \(SQLJobCoding.columns) FROM jobs WHERE id = $1", [.id(id)], SQLJobCoding.record)
  }

  func jobs(
    matching filter: JobFilter, limit: Int, after: JobID?
  ) throws(StoreError) -> [JobRecord] {
    let clause = SQLFilter(filter, before: after)
    return try connection.rows(
      """
      SELECT \(SQLJobCoding.columns) FROM jobs WHERE \(clause.text) ORDER BY id DESC \
      LIMIT $\(clause.values.count + 1)
      """, clause.values + [.integer(limit)], SQLJobCoding.record)
  }

  /// Changes above `number` and below `horizon`, where later ones may still be missing.
  func changes(
    after number: Int64, before horizon: Int64, owner: String?, limit: Int
  ) throws(StoreError) -> [JobRecord] {
    let isOwned = owner != nil
    return try connection.rows(
      """
      SELECT \(SQLJobCoding.columns) FROM jobs WHERE change > $1 AND change < $2 \
      \(isOwned ? "AND owner = $3" : "") ORDER BY change LIMIT $\(isOwned ? 4 : 3)
      """,
      [.integer(number), .integer(horizon)] + (owner.map { [.text($0)] } ?? [])
        + [.integer(limit)], SQLJobCoding.record)
  }

  func precedent(
    digest: SHA256Digest?, owner: String, idempotency: IdempotencyKey?, at now: Timestamp
  ) throws(StoreError) -> Precedent {
    if let key = idempotency,
      try connection.exists(
        """
        SELECT 1 FROM idempotency \
        WHERE owner = $1 AND path = $2 AND key = $3 AND expires_at > $4
        """, [.text(owner), .text(key.path), .text(key.key), .moment(now)])
    {
      return .exists
    }
    guard let digest else { return .none }
    let isKnown = try connection.exists(
      """
      SELECT 1 FROM results WHERE key = $1 AND cached = 1 \
      UNION ALL SELECT 1 FROM executions WHERE key = $1 AND joinable = 1 \
      UNION ALL SELECT 1 FROM refusals WHERE key = $1 AND expires_at > $2
      """, [.digest(digest), .moment(now)])
    return isKnown ? .exists : .none
  }

  func question(of execution: Int64) throws(StoreError) -> StoredQuestion? {
    try connection.first(
      """
      SELECT algorithm, version, parameters, input, input_blob, input_bytes, seed, key, owner \
      FROM executions WHERE id = $1
      """, [.integer(execution)]
    ) { row throws(StoreError) in
      StoredQuestion(
        algorithm: row.text(0), version: row.text(1), parameters: row.blob(2),
        input: try row.stored(3), seed: UInt64(bitPattern: row.integer(6)),
        digest: row.digest(7), owner: row.text(8))
    }
  }

  func resumeState(of execution: Int64) throws(StoreError) -> StoredBytes? {
    try connection.first(
      "SELECT content, blob, bytes FROM resume WHERE execution = $1", [.integer(execution)]
    ) { row throws(StoreError) in try row.stored(0) }
  }

  func result(of job: JobID) throws(StoreError) -> StoredResult? {
    try connection.first(
      """
      SELECT content, blob, bytes, digest, created_at, compute FROM results \
      WHERE id = (SELECT result FROM jobs WHERE id = $1)
      """, [.id(job)]
    ) { row throws(StoreError) in
      guard let digest = row.digest(3) else {
        throw .corrupt(message: "a result without its digest")
      }
      return StoredResult(
        bytes: try row.stored(0), digest: digest, createdAt: row.moment(4),
        computeMilliseconds: row.integer(5))
    }
  }

  func queue() throws(StoreError) -> QueueCounts {
    let counts = try connection.rows(
      """
      SELECT algorithm, state, count(*) FROM jobs WHERE state IN ('queued', 'running') \
      GROUP BY algorithm, state
      """
    ) { row throws(StoreError) in
      QueueCounts.Count(
        algorithm: row.text(0), state: row.text(1) == "queued" ? .queued : .running,
        count: Int(row.integer(2)))
    }
    let paused = try connection.rows("SELECT algorithm FROM pauses") { row throws(StoreError) in
      let name = row.text(0)
      return name.isEmpty ? nil : Optional(name)
    }
    return QueueCounts(counts: counts, paused: Set(paused))
  }

  func waiting(limit: Int) throws(StoreError) -> [WaitingExecution] {
    try connection.rows(
      "SELECT id, turn FROM executions WHERE state = 'queued' ORDER BY rank, id LIMIT $1",
      [.integer(limit)]
    ) { row throws(StoreError) in
      WaitingExecution(execution: row.integer(0), turnMilliseconds: row.integer(1))
    }
  }

  func execution(of job: JobID) throws(StoreError) -> Int64? {
    try connection.first("SELECT execution FROM jobs WHERE id = $1", [.id(job)]) {
      row throws(StoreError) in row.optionalInteger(0)
    } ?? nil
  }

  func stopRequests(worker: String) throws(StoreError) -> [StopRequest] {
    try connection.rows(
      """
      SELECT id, stop FROM executions \
      WHERE state = 'running' AND worker = $1 AND stop IS NOT NULL
      """, [.text(worker)]
    ) { row throws(StoreError) in
      StopRequest(execution: row.integer(0), timedOut: row.text(1) == "timeout")
    }
  }

  func nextDeadline() throws(StoreError) -> Timestamp? {
    try connection.first("SELECT min(deadline) FROM jobs WHERE deadline IS NOT NULL") {
      row throws(StoreError) in row.optionalMoment(0)
    } ?? nil
  }

  func cacheEntries() throws(StoreError) -> [CachedResult] {
    try connection.rows(
      "SELECT \(SQLJobCoding.resultColumns) FROM results WHERE cached = 1 ORDER BY id", [],
      SQLJobCoding.cachedResult)
  }

  func history(limit: Int) throws(StoreError) -> [MeasuredRun] {
    try connection.rows(
      "SELECT algorithm, predicted, compute FROM results ORDER BY id DESC LIMIT $1",
      [.integer(limit)]
    ) { row throws(StoreError) in
      MeasuredRun(
        algorithm: row.text(0), predictedSeconds: row.real(1),
        measuredSeconds: Double(row.integer(2)) / 1000)
    }.reversed()
  }

  func referenced(among digests: [SHA256Digest]) throws(StoreError) -> Set<SHA256Digest> {
    var found: Set<SHA256Digest> = []
    for digest in digests
    where try connection.exists(
      """
      SELECT 1 FROM executions WHERE input_blob = $1 \
      UNION ALL SELECT 1 FROM results WHERE blob = $1 \
      UNION ALL SELECT 1 FROM resume WHERE blob = $1 \
      UNION ALL SELECT 1 FROM uploads WHERE blob = $1 \
      UNION ALL SELECT 1 FROM sessions WHERE snapshot_blob = $1
      """, [.digest(digest)])
    {
      found.insert(digest)
    }
    return found
  }
}
