public import Observability
import Synchronization

/// Jobs in one SQLite file: the default store, for one process.
///
/// 1. The data directory belongs to this store as long as it lives (`DirectoryLock`).
/// 2. Writing has one connection, under a mutex; each `apply` is one IMMEDIATE transaction of a
///    write-ahead log that is flushed to the disk at its commit (`full`).
/// 3. Readers have connections of their own and see the last commit; they never wait for writers.
public final class SQLiteStore: JobStore {
  /// What a commit survives.
  public enum Durability: String, Sendable, CaseIterable {
    /// Also a loss of power.
    case full
    /// The end of the process; a loss of power may undo the last commits, but damages nothing.
    case normal
  }

  private struct Writer {
    let connection: SQLiteConnection
    var isOpen = true
  }

  public let isShared = false
  private let path: String
  private let durability: Durability
  private let writer: Mutex<Writer>
  private let readers: Mutex<[SQLiteConnection]>
  private let lock: DirectoryLock

  /// Opens `matquay.db` in the directory, makes or migrates its tables.
  ///
  /// - Throws: `locked` when another process has the directory; `newerSchema` when a newer
  ///   program wrote it; `networkFileSystem`; `corrupt`, `io`, `full`.
  public init(directory: String, durability: Durability = .full) throws(StoreError) {
    try FileAccess.makeDirectories(directory)
    if FileAccess.isNetwork(directory) { throw .networkFileSystem(path: directory) }
    lock = try DirectoryLock(directory: directory)
    path = directory + "/matquay.db"
    self.durability = durability
    let connection = try SQLiteConnection(path: path, isReader: false)
    try connection.execute("PRAGMA journal_mode = WAL")
    try Self.configure(connection, durability)
    try Self.migrate(connection)
    connection.lastChange =
      try connection.first(
        """
        SELECT max((SELECT value FROM counters WHERE name = 'change'), \
        (SELECT coalesce(max(change), 0) FROM jobs))
        """
      ) { row throws(StoreError) in row.integer(0) } ?? 0
    writer = Mutex(Writer(connection: connection))
    readers = Mutex([])
  }

  private static func configure(
    _ connection: SQLiteConnection, _ durability: Durability
  ) throws(StoreError) {
    try connection.execute("PRAGMA synchronous = \(durability.rawValue)")
    try connection.execute("PRAGMA foreign_keys = ON")
    try connection.execute("PRAGMA wal_autocheckpoint = 1000")
  }

  private static func migrate(_ connection: SQLiteConnection) throws(StoreError) {
    let found =
      try connection.first("PRAGMA user_version") { row throws(StoreError) in
        Int(row.integer(0))
      } ?? 0
    guard found <= SQLiteSchema.version else {
      throw .newerSchema(found: found, supported: SQLiteSchema.version)
    }
    for version in found..<SQLiteSchema.version {
      try connection.execute(
        """
        BEGIN IMMEDIATE; \(SQLiteSchema.migrations[version]) \
        PRAGMA user_version = \(version + 1); COMMIT
        """)
    }
  }

  // MARK: Writing

  public func apply(
    _ mutations: [StoreMutation], at now: Timestamp
  ) throws(StoreError) -> StoreCommit {
    try withWriter { connection throws(StoreError) in
      let transaction = SQLTransaction(connection, at: now)
      var outcomes: [MutationOutcome] = []
      outcomes.reserveCapacity(mutations.count)
      for mutation in mutations { outcomes.append(try transaction.apply(mutation)) }
      return StoreCommit(outcomes: outcomes, changed: transaction.changedInOrder)
    }
  }

  /// Runs the body in a transaction; nothing of it happened when this throws.
  func withWriter<T: Sendable>(
    _ body: (SQLiteConnection) throws(StoreError) -> T
  ) throws(StoreError) -> T {
    let result = writer.withLock { writer -> Result<T, StoreError> in
      guard writer.isOpen else { return .failure(.unavailable(message: "the store is closed")) }
      let connection = writer.connection
      do throws(StoreError) {
        try connection.execute("BEGIN IMMEDIATE")
        let value = try body(connection)
        try connection.execute("COMMIT")
        return .success(value)
      } catch {
        if connection.isInTransaction { try? connection.execute("ROLLBACK") }
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// What SQLite says of its flushing: 2 for full, 1 for normal.
  package var synchronous: Int {
    writer.withLock { writer in
      let value = try? writer.connection.first("PRAGMA synchronous") { row throws(StoreError) in
        Int(row.integer(0))
      }
      return (value ?? nil) ?? -1
    }
  }

  /// Ends the connections; the last one folds the log back into the file.
  public func close() {
    readers.withLock { $0 = [] }
    writer.withLock { writer in
      guard writer.isOpen else { return }
      writer.isOpen = false
      writer.connection.close()
    }
    lock.release()
  }

  // MARK: Reading

  func read<T>(
    _ body: (SQLQueries<SQLiteConnection>) throws(StoreError) -> T
  ) throws(StoreError) -> T {
    let free = readers.withLock { $0.popLast() }
    let connection: SQLiteConnection
    if let free {
      connection = free
    } else {
      connection = try SQLiteConnection(path: path, isReader: true)
      try connection.execute("PRAGMA query_only = ON")
    }
    defer { readers.withLock { $0.append(connection) } }
    return try body(SQLQueries(connection: connection))
  }

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

  public func changes(
    after number: Int64, owner: String?, limit: Int
  ) throws(StoreError) -> (jobs: [JobRecord], last: Int64) {
    try read { query throws(StoreError) in
      let jobs = try query.changes(after: number, before: .max, owner: owner, limit: limit)
      return (jobs, jobs.last?.changeNumber ?? number)
    }
  }

  public func lastChange() throws(StoreError) -> Int64 {
    writer.withLock { $0.connection.lastChange }
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
    try read { query throws(StoreError) in try query.nextDeadline() }
  }

  public func nextDelivery(at now: Timestamp) throws(StoreError) -> Timestamp? {
    try read { query throws(StoreError) in try query.nextDelivery() }
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
    try read { query throws(StoreError) in
      try query.connection.execute("BEGIN")
      defer { try? query.connection.execute("COMMIT") }
      return try query.sessionHistory(id, after: place)
    }
  }

  public func sessions(
    owner: String?, limit: Int, after: JobID?
  ) throws(StoreError) -> [SessionRecord] {
    try read { query throws(StoreError) in
      try query.sessions(owner: owner, limit: limit, after: after)
    }
  }

  public func occupiedBytes() throws(StoreError) -> Int {
    let log = try FileAccess.status(path + "-wal")?.count ?? 0
    // Pages that were freed are filled before the file grows.
    let used = try read { query throws(StoreError) in
      try query.connection.first(
        """
        SELECT (page_count - freelist_count) * page_size \
        FROM pragma_page_count, pragma_freelist_count, pragma_page_size
        """
      ) { row throws(StoreError) in Int(row.integer(0)) }
    }
    return log + (used ?? 0)
  }

  /// No other process works on this file.
  public func onOutsideChange(_ wake: @escaping @Sendable () -> Void) {}
}
