import CPostgreSQL
import Synchronization

/// One connection to a PostgreSQL server, and its prepared statements.
///
/// Invariant behind `@unchecked Sendable`: it goes from thread to thread, used by one at a time:
/// whoever takes it out of the store's pool has it alone until it puts it back. libpq asks no more.
final class PostgreSQLConnection: SQLConnection, @unchecked Sendable {
  static var lockRows: String { " FOR UPDATE" }
  static var lockFreeRows: String { " FOR UPDATE SKIP LOCKED" }

  private(set) var changes = 0
  private var handle: OpaquePointer?
  private var statements: [String: String] = [:]
  /// The open transaction's id in the upper bits, a counter in the lower 20.
  private var changeNumber: Int64 = 0

  /// - Parameter settings: a connection URI or string of libpq.
  init(settings: String) throws(StoreError) {
    let pairs = [
      ("dbname", settings), ("fallback_application_name", "matquay"), ("connect_timeout", "5"),
      ("client_encoding", "UTF8"),
    ]
    handle = pairs.map(\.0).withCStrings { names in
      pairs.map(\.1).withCStrings { values in PQconnectdbParams(names, values, 1) }
    }
    guard PQstatus(handle) == CONNECTION_OK else {
      let error = StoreError.unavailable(message: message)
      close()
      throw error
    }
    // Without this, each CREATE … IF NOT EXISTS that finds something is told on stderr.
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    try execute("SET statement_timeout = 10000; SET idle_in_transaction_session_timeout = 30000")
  }

  deinit { close() }

  func close() {
    PQfinish(handle)
    handle = nil
  }

  /// Whether the server still answers as far as libpq knows.
  var isAlive: Bool { handle != nil && PQstatus(handle) == CONNECTION_OK }

  var socket: Int32 { PQsocket(handle) }

  /// Runs statements without parameters and results.
  func execute(_ sql: String) throws(StoreError) {
    let result = PQexec(handle, sql)
    defer { PQclear(result) }
    try check(result)
  }

  func run(
    _ sql: String, _ values: [SQLValue], each: (PostgreSQLRow) throws(StoreError) -> Void
  ) throws(StoreError) {
    let name = try prepared(sql)
    let result = values.map(\.wireBytes).withCBuffers { pointers, lengths in
      let formats = values.map(\.wireFormat)
      return PQexecPrepared(handle, name, Int32(values.count), pointers, lengths, formats, 1)
    }
    defer { PQclear(result) }
    try check(result)
    changes = PQcmdTuples(result).map { Int(String(cString: $0)) ?? 0 } ?? 0
    for row in 0..<PQntuples(result) { try each(PostgreSQLRow(result: result, row: row)) }
  }

  private func prepared(_ sql: String) throws(StoreError) -> String {
    if let name = statements[sql] { return name }
    let name = "s\(statements.count)"
    let result = PQprepare(handle, name, sql, 0, nil)
    defer { PQclear(result) }
    try check(result)
    statements[sql] = name
    return name
  }

  // MARK: Transactions

  /// Begins a transaction, and returns the server's time in milliseconds.
  func begin() throws(StoreError) -> Int64 {
    try execute("BEGIN")
    let facts = try first(
      """
      SELECT pg_current_xact_id()::text::bigint, \
      (extract(epoch FROM clock_timestamp()) * 1000)::bigint
      """
    ) { row throws(StoreError) in (row.integer(0), row.integer(1)) }
    changeNumber = (facts?.0 ?? 0) << 20
    return facts?.1 ?? 0
  }

  /// The server's time in milliseconds.
  func serverTime() throws(StoreError) -> Int64 {
    try first("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint") {
      row throws(StoreError) in row.integer(0)
    } ?? 0
  }

  func nextChange() throws(StoreError) -> Int64 {
    changeNumber += 1
    return changeNumber
  }

  /// Transaction ids never return.
  func protectChangeNumbers() throws(StoreError) {}

  // MARK: Notifications

  /// Whether a notification came that another connection of another process sent.
  func takeNotifications(except own: String) -> Bool {
    PQconsumeInput(handle)
    var found = false
    while let notification = PQnotifies(handle) {
      if String(cString: notification.pointee.extra) != own { found = true }
      PQfreemem(notification)
    }
    return found
  }

  // MARK: Errors

  private var message: String {
    guard let text = PQerrorMessage(handle) else { return "no connection" }
    let string = String(cString: text)
    return string.last == "\n" ? String(string.dropLast()) : string
  }

  private func check(_ result: OpaquePointer?) throws(StoreError) {
    switch PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK: return
    default: break
    }
    guard isAlive else { throw .unavailable(message: message) }
    let state = PQresultErrorField(result, 67).map { String(cString: $0) } ?? ""  // 'C', SQLSTATE
    switch state {
    case "40001", "40P01", "55P03": throw .busy
    case "53100": throw .full
    case let code where code.hasPrefix("57P") || code.hasPrefix("08") || code.hasPrefix("53"):
      throw .unavailable(message: message)
    default: throw .statement(code: 0, message: "\(state) \(message)")
    }
  }
}

extension SQLValue {
  /// Text for numbers and strings, the bytes themselves for blobs; nil for NULL.
  fileprivate var wireBytes: [UInt8]? {
    switch self {
    case .integer(let value): Array(String(value).utf8)
    case .real(let value): Array(value.description.utf8)
    case .text(let text): Array(text.utf8)
    case .blob(let bytes): bytes
    case .null: nil
    }
  }

  fileprivate var wireFormat: Int32 {
    if case .blob = self { 1 } else { 0 }
  }
}

extension [[UInt8]?] {
  /// Lends the buffers as C pointers, each followed by a zero, nil for nil.
  fileprivate func withCBuffers<R>(
    _ body: ([UnsafePointer<CChar>?], [Int32]) -> R
  ) -> R {
    var all: [UInt8] = []
    var starts: [Int?] = []
    for bytes in self {
      starts.append(bytes.map { _ in all.count })
      all += bytes ?? []
      all.append(0)
    }
    return all.withUnsafeBytes { buffer in
      let chars = buffer.bindMemory(to: CChar.self)
      return body(
        starts.map { start in start.flatMap { chars.baseAddress?.advanced(by: $0) } },
        map { Int32($0?.count ?? 0) })
    }
  }
}

extension [String] {
  /// Lends the strings as a C array that ends in nil.
  fileprivate func withCStrings<R>(_ body: ([UnsafePointer<CChar>?]) -> R) -> R {
    map { Optional([UInt8]($0.utf8)) }.withCBuffers { pointers, _ in body(pointers + [nil]) }
  }
}

/// A row of a result in binary format.
struct PostgreSQLRow: SQLRow {
  fileprivate let result: OpaquePointer?
  fileprivate let row: Int32

  func isNull(_ column: Int) -> Bool { PQgetisnull(result, row, Int32(column)) == 1 }

  /// Whole numbers of 2, 4 and 8 bytes, big endian.
  func integer(_ column: Int) -> Int64 {
    let bytes = blob(column)
    guard let first = bytes.first else { return 0 }
    let sign: UInt64 = first >= 128 ? .max : 0
    return Int64(bitPattern: bytes.reduce(sign) { $0 << 8 | UInt64($1) })
  }

  func real(_ column: Int) -> Double {
    Double(bitPattern: blob(column).reduce(0) { $0 << 8 | UInt64($1) })
  }

  func text(_ column: Int) -> String { String(decoding: blob(column), as: UTF8.self) }

  func blob(_ column: Int) -> [UInt8] {
    let count = Int(PQgetlength(result, row, Int32(column)))
    guard count > 0, let start = PQgetvalue(result, row, Int32(column)) else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: count))
  }
}
