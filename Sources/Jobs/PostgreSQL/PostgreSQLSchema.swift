/// The tables of `SQLiteSchema` in PostgreSQL's words, so that both stores have one schema.
enum PostgreSQLSchema {
  /// Taken while migrating: replicas that start together take turns.
  static let migrationLock: Int64 = 0x6d61_7471_7561_7931

  static var migrations: [String] { SQLiteSchema.migrations.map(translate) }

  private static func translate(_ sql: String) -> String {
    let words = [
      ("INTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
      (" INTEGER", " BIGINT"), (" REAL", " DOUBLE PRECISION"), (" BLOB", " BYTEA"),
      (") STRICT, WITHOUT ROWID;", ");"), (")\n  STRICT, WITHOUT ROWID;", ");"),
      (") STRICT;", ");"),
    ]
    return words.reduce(sql) { text, word in
      text.split(separator: word.0, omittingEmptySubsequences: false)
        .joined(separator: word.1)
    }
  }

  /// Rows of these change often: room on their page, and early cleaning.
  static let tuning = """
    ALTER TABLE jobs SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);
    ALTER TABLE executions SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);
    """
}
