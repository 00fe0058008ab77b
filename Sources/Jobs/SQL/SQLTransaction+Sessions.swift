import Observability

extension SQLTransaction {
  func apply(_ mutation: SessionMutation) throws(StoreError) -> SessionOutcome {
    switch mutation {
    case .create(let session): .created(try create(session))
    case .append(let id, let entry, let snapshot): try append(id, entry, snapshot)
    case .delete(let id): try deleteSession(id)
    case .expire(let moment, let forget, let limit): try expireSessions(moment, forget, limit)
    }
  }

  private func create(_ new: NewSession) throws(StoreError) -> SessionRecord? {
    let open = try connection.first(
      "SELECT count(*) FROM sessions WHERE expired_at IS NULL"
    ) { row throws(StoreError) in Int(row.integer(0)) }
    guard open ?? 0 < new.maximum else { return nil }
    return try connection.first(
      """
      INSERT INTO sessions (id, owner, configuration, created_at, touched_at, place, next, \
      snapshot, snapshot_blob, snapshot_bytes, snapshot_place) \
      VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9, 0) \
      RETURNING \(SQLSessionCoding.columns)
      """,
      [
        .id(new.id), .text(new.owner), .blob(new.configuration), .moment(now), .moment(now),
        .integer(new.next), .optional(new.snapshot.inlineBytes), .digest(new.snapshot.digest),
        .integer(new.snapshot.count),
      ], SQLSessionCoding.record)
  }

  private func append(
    _ id: JobID, _ entry: SessionEntry, _ snapshot: StoredBytes?
  ) throws(StoreError) -> SessionOutcome {
    let standing = try connection.first(
      "SELECT place, expired_at, snapshot_blob FROM sessions WHERE id = $1\(Connection.lockRows)",
      [.id(id)]
    ) { row throws(StoreError) in
      (place: row.integer(0), isExpired: !row.isNull(1), blob: row.digest(2))
    }
    guard let standing else { return .appended(.notFound, replaced: nil) }
    if standing.isExpired { return .appended(.expired, replaced: nil) }
    guard standing.place + 1 == entry.place else {
      return .appended(.behind(place: standing.place), replaced: nil)
    }
    try connection.run(
      """
      INSERT INTO session_entries (session, place, seq, next, digest, request, answer) \
      VALUES ($1, $2, $3, $4, $5, $6, $7)
      """,
      [
        .id(id), .integer(entry.place), .optional(entry.seq), .integer(entry.next),
        .digest(entry.digest), .blob(entry.request), .blob(entry.answer),
      ])
    try connection.run(
      "UPDATE sessions SET place = $1, next = $2, touched_at = $3 WHERE id = $4",
      [.integer(entry.place), .integer(entry.next), .moment(now), .id(id)])
    guard let snapshot else { return .appended(.appended, replaced: nil) }
    try replace(snapshot, of: id, at: entry.place)
    return .appended(
      .appended, replaced: standing.blob == snapshot.digest ? nil : standing.blob)
  }

  private func replace(
    _ snapshot: StoredBytes, of id: JobID, at place: Int64
  ) throws(StoreError) {
    try connection.run(
      """
      UPDATE sessions SET snapshot = $1, snapshot_blob = $2, snapshot_bytes = $3, \
      snapshot_place = $4 WHERE id = $5
      """,
      [
        .optional(snapshot.inlineBytes), .digest(snapshot.digest), .integer(snapshot.count),
        .integer(place), .id(id),
      ])
    try connection.run(
      "DELETE FROM session_entries WHERE session = $1 AND place <= $2",
      [.id(id), .integer(place)])
  }

  private func deleteSession(_ id: JobID) throws(StoreError) -> SessionOutcome {
    let blob = try connection.first(
      "SELECT snapshot_blob FROM sessions WHERE id = $1\(Connection.lockRows)", [.id(id)]
    ) { row throws(StoreError) in row.digest(0) }
    try connection.run("DELETE FROM session_entries WHERE session = $1", [.id(id)])
    try connection.run("DELETE FROM sessions WHERE id = $1", [.id(id)])
    return .deleted(found: connection.changes > 0, blob: blob ?? nil)
  }

  private func expireSessions(
    _ moment: Timestamp, _ forget: Timestamp, _ limit: Int
  ) throws(StoreError) -> SessionOutcome {
    let idle = try connection.rows(
      """
      SELECT id, snapshot_blob FROM sessions WHERE expired_at IS NULL AND touched_at < $1 \
      ORDER BY touched_at LIMIT $2\(Connection.lockFreeRows)
      """, [.moment(moment), .integer(limit)]
    ) { row throws(StoreError) in (id: try row.jobID(0), blob: row.digest(1)) }
    for (id, _) in idle {
      try connection.run("DELETE FROM session_entries WHERE session = $1", [.id(id)])
      try connection.run(
        """
        UPDATE sessions SET expired_at = $1, snapshot = NULL, snapshot_blob = NULL WHERE id = $2
        """, [.moment(now), .id(id)])
    }
    try connection.run("DELETE FROM sessions WHERE expired_at < $1", [.moment(forget)])
    return .expired(count: idle.count, blobs: idle.compactMap(\.blob))
  }
}

/// How sessions' rows are read.
enum SQLSessionCoding {
  static let columns = """
    id, owner, configuration, created_at, touched_at, place, next, expired_at
    """

  static func record(_ row: some SQLRow) throws(StoreError) -> SessionRecord {
    SessionRecord(
      id: try row.jobID(0), owner: row.text(1), configuration: row.blob(2),
      createdAt: row.moment(3), touchedAt: row.moment(4), place: row.integer(5),
      next: row.integer(6), expiredAt: row.optionalMoment(7))
  }

  static let entryColumns = "place, seq, next, digest, request, answer"

  static func entry(_ row: some SQLRow) throws(StoreError) -> SessionEntry {
    guard let digest = row.digest(3) else {
      throw .corrupt(message: "a session's entry has no digest")
    }
    return SessionEntry(
      place: row.integer(0), seq: row.optionalInteger(1), next: row.integer(2), digest: digest,
      request: row.blob(4), answer: row.blob(5))
  }
}

extension SQLQueries {
  func session(_ id: JobID) throws(StoreError) -> SessionRecord? {
    try connection.first(
      "SELECT \(SQLSessionCoding.columns) FROM sessions WHERE id = $1", [.id(id)],
      SQLSessionCoding.record)
  }

  /// In one snapshot of the database: whoever calls this has a transaction open.
  func sessionHistory(
    _ id: JobID, after place: Int64
  ) throws(StoreError) -> StoredSession? {
    let found = try connection.first(
      """
      SELECT \(SQLSessionCoding.columns), snapshot, snapshot_blob, snapshot_bytes, snapshot_place \
      FROM sessions WHERE id = $1 AND expired_at IS NULL
      """, [.id(id)]
    ) { row throws(StoreError) in
      (try SQLSessionCoding.record(row), try row.stored(8), row.integer(11))
    }
    guard let (record, snapshot, snapshotPlace) = found else { return nil }
    let tail = try connection.rows(
      """
      SELECT \(SQLSessionCoding.entryColumns) FROM session_entries \
      WHERE session = $1 AND place > $2 ORDER BY place
      """, [.id(id), .integer(max(place, snapshotPlace))], SQLSessionCoding.entry)
    return StoredSession(
      record: record, snapshot: snapshot, snapshotPlace: snapshotPlace, tail: tail)
  }

  func sessions(
    owner: String?, limit: Int, after: JobID?
  ) throws(StoreError) -> [SessionRecord] {
    var values: [SQLValue] = []
    var conditions = ["expired_at IS NULL"]
    if let owner {
      values.append(.text(owner))
      conditions.append("owner = $\(values.count)")
    }
    if let after {
      values.append(.id(after))
      conditions.append("id < $\(values.count)")
    }
    values.append(.integer(limit))
    return try connection.rows(
      """
      SELECT \(SQLSessionCoding.columns) FROM sessions \
      WHERE \(conditions.joined(separator: " AND ")) ORDER BY id DESC LIMIT $\(values.count)
      """, values, SQLSessionCoding.record)
  }
}
