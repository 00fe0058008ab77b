/// What both databases' connections can do, so that the rules of jobs are written once.
///
/// SQL is written in the common part of both dialects. Parameters are `$1`, `$2`, … in the order
/// of their first appearance. Whole numbers are 64 bits, flags 0 or 1.
protocol SQLConnection: AnyObject {
  associatedtype Row: SQLRow

  /// Put behind a SELECT whose rows the transaction is going to change: locks them.
  static var lockRows: String { get }
  /// The same, leaving out rows that others have locked.
  static var lockFreeRows: String { get }

  /// Runs a statement to its end; calls `each` with every row. `each` runs no other statement.
  func run(
    _ sql: String, _ values: [SQLValue], each: (Row) throws(StoreError) -> Void
  ) throws(StoreError)

  /// Rows that the last statement inserted, changed or deleted.
  var changes: Int { get }

  /// A number for a change, above those of all changes already visible. In a transaction.
  func nextChange() throws(StoreError) -> Int64
  /// Called in a transaction that removes jobs: numbers must not return with them.
  func protectChangeNumbers() throws(StoreError)
}

/// A row of a result; columns count from 0. Valid inside `each` only.
protocol SQLRow: SendableMetatype {
  func isNull(_ column: Int) -> Bool
  func integer(_ column: Int) -> Int64
  func real(_ column: Int) -> Double
  func text(_ column: Int) -> String
  func blob(_ column: Int) -> [UInt8]
}

/// A value for a parameter.
enum SQLValue {
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])
  case null
}

extension SQLConnection {
  func run(_ sql: String, _ values: [SQLValue] = []) throws(StoreError) {
    try run(sql, values) { _ throws(StoreError) in }
  }

  /// The rows of a statement, decoded.
  func rows<T>(
    _ sql: String, _ values: [SQLValue] = [], _ decode: (Row) throws(StoreError) -> T
  ) throws(StoreError) -> [T] {
    var rows: [T] = []
    try run(sql, values) { row throws(StoreError) in rows.append(try decode(row)) }
    return rows
  }

  /// The first row, decoded; nil when there is none.
  func first<T>(
    _ sql: String, _ values: [SQLValue] = [], _ decode: (Row) throws(StoreError) -> T
  ) throws(StoreError) -> T? {
    var first: T?
    try run(sql, values) { row throws(StoreError) in
      if first == nil { first = try decode(row) }
    }
    return first
  }

  /// Whether the statement gives any row.
  func exists(_ sql: String, _ values: [SQLValue] = []) throws(StoreError) -> Bool {
    try first(sql, values) { _ throws(StoreError) in true } ?? false
  }
}
