public import Observability
import Synchronization

/// Jobs in PostgreSQL, shared by replicas.
///
/// 1. Leases, time limits and ages go by the server's clock, read at the start of each
///    transaction, so that replicas need not agree on the time.
/// 2. Whoever claims skips what another replica has locked; whoever changes an execution or its
///    jobs locks the execution's row first. A deadlock all the same is retried.
/// 3. A change's number is its transaction's id and a counter. Readers of changes stop below the
///    oldest transaction still open, so that none is passed by.
/// 4. NOTIFY tells other replicas of changes within 2 ms, without promise: the engine also looks
///    every two seconds.
/// 5. While the server is away calls throw `unavailable` at once; connections come back by
///    themselves.
public final class PostgreSQLStore: JobStore {
  /// Whose clock counts.
  package enum TimeSource: Sendable {
    case server
    /// The caller's: for tests.
    case caller
  }

  public let isShared = true
  private let pool: PostgreSQLPool
  private let timeSource: TimeSource
  private let channel: PostgreSQLChannel

  /// Connects, and makes or migrates the tables.
  ///
  /// - Parameter url: `postgresql://…`, or any connection string of libpq.
  /// - Throws: `unavailable` when the server does not answer; `newerSchema`.
  public convenience init(url: String) throws(StoreError) {
    try self.init(url: url, timeSource: .server)
  }

  package init(url: String, timeSource: TimeSource) throws(StoreError) {
    pool = PostgreSQLPool(settings: url)
    self.timeSource = timeSource
    channel = PostgreSQLChannel(pool: pool)
    try pool.with { connection throws(StoreError) in try Self.migrate(connection) }
  }

  private static func migrate(_ connection: PostgreSQLConnection) throws(StoreError) {
    try connection.execute("SELECT pg_advisory_lock(\(PostgreSQLSchema.migrationLock))")
    defer {
      try? connection.execute("SELECT pg_advisory_unlock(\(PostgreSQLSchema.migrationLock))")
    }
    try connection.execute("CREATE TABLE IF NOT EXISTS matquay_schema (version BIGINT NOT NULL)")
    let found =
      try connection.first("SELECT coalesce(max(version), 0) FROM matquay_schema") {
        row throws(StoreError) in Int(row.integer(0))
      } ?? 0
    let migrations = PostgreSQLSchema.migrations
    guard found <= migrations.count else {
      throw .newerSchema(found: found, supported: migrations.count)
    }
    for version in found..<migrations.count {
      try connection.execute(
        """
        BEGIN; \(migrations[version]) \(version == 0 ? PostgreSQLSchema.tuning : "") \
        INSERT INTO matquay_schema VALUES (\(version + 1)); COMMIT
        """)
    }
  }

  // MARK: Writing

  /// How often a transaction that met a deadlock is tried.
  private static let tries = 5

  public func apply(
    _ mutations: [StoreMutation], at now: Timestamp
  ) throws(StoreError) -> StoreCommit {
    for _ in 1..<Self.tries {
      do throws(StoreError) {
        return try applyOnce(mutations, at: now)
      } catch {
        guard error == .busy else { throw error }
      }
    }
    return try applyOnce(mutations, at: now)
  }

  private func applyOnce(
    _ mutations: [StoreMutation], at now: Timestamp
  ) throws(StoreError) -> StoreCommit {
    let commit = try pool.with { connection throws(StoreError) -> StoreCommit in
      do throws(StoreError) {
        let serverTime = try connection.begin()
        let time = timeSource == .server ? Timestamp(milliseconds: serverTime) : now
        let transaction = SQLTransaction(connection, at: time)
        var outcomes: [MutationOutcome] = []
        outcomes.reserveCapacity(mutations.count)
        for mutation in mutations { outcomes.append(try transaction.apply(mutation)) }
        try connection.execute("COMMIT")
        return StoreCommit(outcomes: outcomes, changed: transaction.changedInOrder)
      } catch {
        if connection.isAlive { try? connection.execute("ROLLBACK") }
        throw error
      }
    }
    let stops = mutations.contains { mutation in
      switch mutation {
      case .cancel, .cancelMatching, .delete, .pause: true
      default: false
      }
    }
    if stops || !commit.changed.isEmpty { channel.announce() }
    return commit
  }

  public func onOutsideChange(_ wake: @escaping @Sendable () -> Void) { channel.listen(wake) }

  public func close() {
    channel.close()
    pool.close()
  }

  // MARK: Reading

  private func read<T>(
    _ body: (SQLQueries<PostgreSQLConnection>) throws(StoreError) -> T
  ) throws(StoreError) -> T {
    try pool.with { connection throws(StoreError) in try body(SQLQueries(connection: connection)) }
  }

  /// A moment of the database's clock as the caller's shows it, where it is `now`.
  private func moment(
    at now: Timestamp, _ find: (SQLQueries<PostgreSQLConnection>) throws(StoreError) -> Timestamp?
  ) throws(StoreError) -> Timestamp? {
    try read { query throws(StoreError) in
      let found = try find(query)
      guard let found, timeSource == .server else { return found }
      let server = try query.connection.serverTime()
      return now.adding(milliseconds: found.since(Timestamp(milliseconds: server)))
    }
  }

  /// Several statements that see one moment of the database.
  private func readOneMoment<T>(
    _ body: (SQLQueries<PostgreSQLConnection>) throws(StoreError) -> T
  ) throws(StoreError) -> T {
    try read { query throws(StoreError) in
      try query.connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
      defer { if query.connection.isAlive { try? query.connection.execute("COMMIT") } }
      return try body(query)
    }
  }

  public func changes(
    after number: Int64, owner: String?, limit: Int
  ) throws(StoreError) -> (jobs: [JobRecord], last: Int64) {
    try readOneMoment { query throws(StoreError) in
      let horizon = try Self.horizon(query.connection)
      let jobs = try query.changes(after: number, before: horizon, owner: owner, limit: limit)
      return (jobs, jobs.last?.changeNumber ?? number)
    }
  }

  public func lastChange() throws(StoreError) -> Int64 {
    try read { query throws(StoreError) in try Self.horizon(query.connection) - 1 }
  }

  /// Below it no transaction is open any more.
  private static func horizon(_ connection: PostgreSQLConnection) throws(StoreError) -> Int64 {
    let oldest = try connection.first(
      "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    ) { row throws(StoreError) in row.integer(0) }
    return (oldest ?? 0) << 20
  }

  public func occupiedBytes() throws(StoreError) -> Int { 0 }

  public func job(_ id: JobID) throws(StoreError) -> JobRecord? {
    try read { query throws(StoreError) in try query.job(id) }
  }

  public func jobs(
    matching filter: JobFilter, limit: Int, after: JobID?
  ) throws(StoreError) -> [JobRecord] {
    try read { query throws(StoreError) in
      try query.jobs(matching: filter, limit: limit, after: after)
    }
  }

  public func precedent(
    digest: SHA256Digest?, owner: String, idempotency: IdempotencyKey?, at now: Timestamp
  ) throws(StoreError) -> Precedent {
    try read { query throws(StoreError) in
      try query.precedent(digest: digest, owner: owner, idempotency: idempotency, at: now)
    }
  }

  public func question(of execution: Int64) throws(StoreError) -> StoredQuestion? {
    try read { query throws(StoreError) in try query.question(of: execution) }
  }

  public func resumeState(of execution: Int64) throws(StoreError) -> StoredBytes? {
    try read { query throws(StoreError) in try query.resumeState(of: execution) }
  }

  public func result(of job: JobID) throws(StoreError) -> StoredResult? {
    try read { query throws(StoreError) in try query.result(of: job) }
  }

  public func queue() throws(StoreError) -> QueueCounts {
    try read { query throws(StoreError) in try query.queue() }
  }

  public func waiting(limit: Int) throws(StoreError) -> [WaitingExecution] {
    try read { query throws(StoreError) in try query.waiting(limit: limit) }
  }

  public func execution(of job: JobID) throws(StoreError) -> Int64? {
    try read { query throws(StoreError) in try query.execution(of: job) }
  }

  public func stopRequests(worker: String) throws(StoreError) -> [StopRequest] {
    try read { query throws(StoreError) in try query.stopRequests(worker: worker) }
  }

  public func nextDeadline(at now: Timestamp) throws(StoreError) -> Timestamp? {
    try moment(at: now) { query throws(StoreError) in try query.nextDeadline() }
  }

  public func nextDelivery(at now: Timestamp) throws(StoreError) -> Timestamp? {
    try moment(at: now) { query throws(StoreError) in try query.nextDelivery() }
  }

  public func cacheEntries() throws(StoreError) -> [CachedResult] {
    try read { query throws(StoreError) in try query.cacheEntries() }
  }

  public func history(limit: Int) throws(StoreError) -> [MeasuredRun] {
    try read { query throws(StoreError) in try query.history(limit: limit) }
  }

  public func referenced(
    among digests: [SHA256Digest]
  ) throws(StoreError) -> Set<SHA256Digest> {
    try read { query throws(StoreError) in try query.referenced(among: digests) }
  }

  public func session(_ id: JobID) throws(StoreError) -> SessionRecord? {
    try read { query throws(StoreError) in try query.session(id) }
  }

  public func sessionHistory(
    _ id: JobID, after place: Int64
  ) throws(StoreError) -> StoredSession? {
    try readOneMoment { query throws(StoreError) in
      try query.sessionHistory(id, after: place)
    }
  }

  public func sessions(
    owner: String?, limit: Int, after: JobID?
  ) throws(StoreError) -> [SessionRecord] {
    try read { query throws(StoreError) in
      try query.sessions(owner: owner, limit: limit, after: after)
    }
  }
}
