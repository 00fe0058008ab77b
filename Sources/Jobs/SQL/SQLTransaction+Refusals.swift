import Observability

/// Questions whose computation failed a moment ago: the same question would fail again.
extension SQLTransaction {
  /// Remembers the failure of an execution, unless its caller wanted nothing kept.
  func remember(
    _ problem: [UInt8], of execution: Int64, milliseconds: Int64
  ) throws(StoreError) {
    try connection.run(
      """
      INSERT INTO refusals (key, execution, problem, expires_at) \
      SELECT key, id, $1, $2 FROM executions \
      WHERE id = $3 AND key IS NOT NULL AND keep_result = 1 \
      ON CONFLICT (key) DO UPDATE SET execution = excluded.execution, \
      problem = excluded.problem, expires_at = excluded.expires_at
      """,
      [.blob(problem), .moment(now.adding(milliseconds: milliseconds)), .integer(execution)])
  }

  struct Refusal {
    let problem: [UInt8]
    /// What failed: whoever is refused can have it tried again.
    let execution: Int64
  }

  /// What answers this question at present; nil also where the failed execution is gone with the
  /// last job that had it.
  func refusal(of digest: SHA256Digest) throws(StoreError) -> Refusal? {
    let known = try connection.first(
      "SELECT problem, execution FROM refusals WHERE key = $1 AND expires_at > $2",
      [.digest(digest), .moment(now)]
    ) { row throws(StoreError) in Refusal(problem: row.blob(0), execution: row.integer(1)) }
    guard let known, let failed = try lock(known.execution), failed.state == "done" else {
      return nil
    }
    return known
  }

  func forgetRefusals() throws(StoreError) {
    try connection.run("DELETE FROM refusals WHERE expires_at <= $1", [.moment(now)])
  }
}
