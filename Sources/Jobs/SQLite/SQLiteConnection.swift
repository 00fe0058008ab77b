import CSQLite

/// One connection to a database file, and its prepared statements.
///
/// Invariant behind `@unchecked Sendable`: it goes from thread to thread, used by one at a time:
/// whoever takes it out of a `Mutex` (the writer's, or the pool of readers) has it alone until it puts it
/// back. SQLite is opened without its own mutex accordingly.
final class SQLiteConnection: SQLConnection, @unchecked Sendable {
  private var handle: OpaquePointer?
  private var statements: [String: OpaquePointer] = [:]
  /// The number of the last change; kept by the writer's connection alone.
  var lastChange: Int64 = 0

  init(path: String, isReader: Bool) throws(StoreError) {
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | (isReader ? 0 : SQLITE_OPEN_CREATE)
    let code = sqlite3_open_v2(path, &opened, flags, nil)
    guard code == SQLITE_OK, let opened else {
      let error = Self.failure(code, opened)
      sqlite3_close_v2(opened)
      throw error
    }
    handle = opened
    sqlite3_extended_result_codes(handle, 1)
    sqlite3_busy_timeout(handle, 5000)
  }

  deinit { close() }

  /// Ends the connection; no other call may follow.
  func close() {
    for statement in statements.values { sqlite3_finalize(statement) }
    statements = [:]
    sqlite3_close_v2(handle)
    handle = nil
  }

  /// Runs statements without parameters and results.
  func execute(_ sql: String) throws(StoreError) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw Self.failure(code, handle) }
  }

  func run(
    _ sql: String, _ values: [SQLValue], each: (SQLiteRow) throws(StoreError) -> Void
  ) throws(StoreError) {
    let statement = try prepared(sql)
    defer {
      sqlite3_reset(statement)
      sqlite3_clear_bindings(statement)
    }
    for (index, value) in values.enumerated() {
      let code = value.bind(to: statement, at: Int32(index + 1))
      guard code == SQLITE_OK else { throw Self.failure(code, handle) }
    }
    while true {
      let code = sqlite3_step(statement)
      if code == SQLITE_DONE { return }
      guard code == SQLITE_ROW else { throw Self.failure(code, handle) }
      try each(SQLiteRow(statement: statement))
    }
  }

  // SQLite has one writer at a time: what a transaction reads nobody else changes.
  static var lockRows: String { "" }
  static var lockFreeRows: String { "" }

  var changes: Int { Int(sqlite3_changes(handle)) }

  func nextChange() throws(StoreError) -> Int64 {
    lastChange += 1
    return lastChange
  }

  func protectChangeNumbers() throws(StoreError) {
    try run("UPDATE counters SET value = $1 WHERE name = 'change'", [.integer(lastChange)])
  }

  /// Whether a transaction is open: some errors end it by themselves.
  var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

  private func prepared(_ sql: String) throws(StoreError) -> OpaquePointer {
    if let known = statements[sql] { return known }
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v3(
      handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard code == SQLITE_OK, let statement else { throw Self.failure(code, handle) }
    // `$2` is a name to SQLite, numbered by its first appearance.
    for index in 0..<sqlite3_bind_parameter_count(statement) {
      let name = sqlite3_bind_parameter_name(statement, index + 1).map { String(cString: $0) }
      precondition(name == "$\(index + 1)", "parameters appear in their order: \(sql)")
    }
    statements[sql] = statement
    return statement
  }

  private static func failure(_ code: Int32, _ handle: OpaquePointer?) -> StoreError {
    let message = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "cannot open"
    switch code & 0xff {
    case SQLITE_FULL: return .full
    case SQLITE_BUSY, SQLITE_LOCKED: return .busy
    case SQLITE_CORRUPT, SQLITE_NOTADB: return .corrupt(message: message)
    case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM, SQLITE_NOMEM:
      return .io(code: Int(code), message: message)
    default: return .statement(code: Int(code), message: message)
    }
  }
}

extension SQLValue {
  /// Binds with a copy: the bytes need not outlive the call.
  fileprivate func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
    switch self {
    case .integer(let value): sqlite3_bind_int64(statement, index, value)
    case .real(let value): sqlite3_bind_double(statement, index, value)
    case .text(let text): csqlite_bind_text(statement, index, text, Int32(text.utf8.count))
    case .blob(let bytes):
      bytes.withUnsafeBytes {
        csqlite_bind_blob(statement, index, $0.baseAddress, UInt64($0.count))
      }
    case .null: sqlite3_bind_null(statement, index)
    }
  }
}

/// The row a statement stands on.
struct SQLiteRow: SQLRow {
  fileprivate let statement: OpaquePointer

  func isNull(_ column: Int) -> Bool {
    sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL
  }

  func integer(_ column: Int) -> Int64 { sqlite3_column_int64(statement, Int32(column)) }
  func real(_ column: Int) -> Double { sqlite3_column_double(statement, Int32(column)) }

  func text(_ column: Int) -> String {
    guard let text = sqlite3_column_text(statement, Int32(column)) else { return "" }
    let count = Int(sqlite3_column_bytes(statement, Int32(column)))
    return String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
  }

  func blob(_ column: Int) -> [UInt8] {
    let count = Int(sqlite3_column_bytes(statement, Int32(column)))
    guard count > 0, let start = sqlite3_column_blob(statement, Int32(column)) else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: count))
  }
}
