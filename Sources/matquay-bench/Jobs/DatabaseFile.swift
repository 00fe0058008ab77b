import CSQLite

/// Looks into the database of a service that runs or ran.
enum DatabaseFile {
  /// The first column of the rows of one statement; `nil` where it fails.
  static func query(_ sql: String, _ path: String) -> [String]? {
    var handle: OpaquePointer?
    defer { sqlite3_close_v2(handle) }
    guard sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK else {
      return nil
    }
    sqlite3_busy_timeout(handle, 10_000)
    var statement: OpaquePointer?
    guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else { return nil }
    defer { sqlite3_finalize(statement) }
    var rows: [String] = []
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_DONE: return rows
      case SQLITE_ROW: rows.append("\(sqlite3_column_int64(statement, 0))")
      default: return nil
      }
    }
  }
}
