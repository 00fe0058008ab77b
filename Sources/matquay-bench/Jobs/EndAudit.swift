/// Counts in the database itself how often each job ends: a trigger writes a row for every change
/// of a job into a state that is an end. What the service says of itself is not asked.
struct EndAudit {
  enum Database {
    /// The file of the SQLite store.
    case file(String)
    case server(DatabaseServer)
  }

  let database: Database

  /// Adds the triggers; the tables must be there.
  func install() -> Bool {
    let ends = "('succeeded', 'failed', 'cancelled')"
    switch database {
    case .file:
      return query("CREATE TABLE audit_ends (job BLOB NOT NULL, state TEXT NOT NULL)") != nil
        && ["INSERT", "UPDATE OF state"].allSatisfy { event in
          query(
            """
            CREATE TRIGGER "audit \(event)" AFTER \(event) ON jobs WHEN new.state IN \(ends) \
            BEGIN INSERT INTO audit_ends VALUES (new.id, new.state); END
            """) != nil
        }
    case .server:
      return query(
        """
        CREATE TABLE audit_ends (job BYTEA NOT NULL, state TEXT NOT NULL); \
        CREATE FUNCTION audit_end() RETURNS trigger LANGUAGE plpgsql AS \
        'BEGIN INSERT INTO audit_ends VALUES (new.id, new.state); RETURN NULL; END'; \
        CREATE TRIGGER audit_end AFTER INSERT OR UPDATE OF state ON jobs FOR EACH ROW \
        WHEN (new.state IN \(ends)) EXECUTE FUNCTION audit_end()
        """) != nil
    }
  }

  /// Jobs in the table.
  var jobs: Int? { number("SELECT count(*) FROM jobs") }

  /// Jobs that ended at least once.
  var ended: Int? { number("SELECT count(DISTINCT job) FROM audit_ends") }

  /// Jobs that ended more than once.
  var endedTwice: Int? {
    number(
      "SELECT count(*) FROM (SELECT job FROM audit_ends GROUP BY job HAVING count(*) > 1) twice")
  }

  private func number(_ sql: String) -> Int? { query(sql)?.first.flatMap { Int($0) } }

  private func query(_ sql: String) -> [String]? {
    switch database {
    case .server(let server): return server.query(sql)
    case .file(let path): return DatabaseFile.query(sql, path)
    }
  }
}
