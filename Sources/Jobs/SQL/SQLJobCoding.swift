import Observability

/// How a job's row becomes a `JobRecord`.
enum SQLJobCoding {
  static let columns = """
    id, owner, algorithm, version, state, cancelling, priority, fraction, step, total, message, \
    attempt, max_attempts, created_at, started_at, updated_at, finished_at, expires_at, digest, \
    cached, result_bytes, result, labels, error, traceparent, webhook, predicted, revision, \
    change, delivery, delivery_calls, delivery_due, delivery_status, delivery_error
    """

  static func record(_ row: some SQLRow) throws(StoreError) -> JobRecord {
    guard let id = JobID(bytes: row.blob(0)), let state = JobState(rawValue: row.text(4)) else {
      throw .corrupt(message: "a job's row has a wrong id or state")
    }
    return JobRecord(
      id: id, owner: row.text(1), algorithm: row.text(2), version: row.text(3), state: state,
      cancelling: row.flag(5), priority: Int(row.integer(6)),
      progress: JobProgress(
        fraction: row.real(7), step: row.optionalInteger(8).map { Int($0) },
        total: row.optionalInteger(9).map { Int($0) }, message: row.optionalText(10)),
      attempt: Int(row.integer(11)), maxAttempts: Int(row.integer(12)),
      createdAt: row.moment(13), startedAt: row.optionalMoment(14), updatedAt: row.moment(15),
      finishedAt: row.optionalMoment(16), expiresAt: row.optionalMoment(17),
      digest: row.digest(18), cached: row.flag(19),
      resultBytes: row.optionalInteger(20).map { Int($0) },
      labels: row.optionalBlob(22).map { LabelCoding.decode($0) } ?? [],
      error: row.optionalBlob(23), traceparent: row.optionalText(24),
      webhook: row.optionalText(25), delivery: delivery(row), predictedSeconds: row.real(26),
      revision: row.integer(27),
      changeNumber: row.integer(28), result: row.optionalInteger(21))
  }

  private static func delivery(_ row: some SQLRow) -> JobDelivery? {
    row.optionalText(29).flatMap { JobDelivery.State(rawValue: $0) }.map { state in
      JobDelivery(
        state: state, calls: Int(row.integer(30)), nextAt: row.optionalMoment(31),
        status: row.optionalInteger(32).map { Int($0) }, error: row.optionalText(33))
    }
  }

  static let resultColumns = """
    id, key, algorithm, bytes, compute, created_at, promised_until, hits
    """

  static func cachedResult(_ row: some SQLRow) throws(StoreError) -> CachedResult {
    guard let key = row.digest(1) else {
      throw .corrupt(message: "a cached result has no key")
    }
    return CachedResult(
      id: row.integer(0), key: key, algorithm: row.text(2), bytes: Int(row.integer(3)),
      computeMilliseconds: row.integer(4), createdAt: row.moment(5),
      promisedUntil: row.moment(6), hits: Int(row.integer(7)))
  }
}

extension SQLRow {
  func flag(_ column: Int) -> Bool { integer(column) != 0 }

  func optionalInteger(_ column: Int) -> Int64? { isNull(column) ? nil : integer(column) }
  func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }
  func optionalBlob(_ column: Int) -> [UInt8]? { isNull(column) ? nil : blob(column) }

  func moment(_ column: Int) -> Timestamp { Timestamp(milliseconds: integer(column)) }

  func optionalMoment(_ column: Int) -> Timestamp? {
    optionalInteger(column).map { Timestamp(milliseconds: $0) }
  }

  func digest(_ column: Int) -> SHA256Digest? {
    optionalBlob(column).flatMap { SHA256Digest(bytes: $0) }
  }

  func jobID(_ column: Int) throws(StoreError) -> JobID {
    guard let id = JobID(bytes: blob(column)) else {
      throw .corrupt(message: "a row has a wrong job id")
    }
    return id
  }

  /// Bytes in one column or a blob's digest in the next, their count in the third.
  func stored(_ column: Int) throws(StoreError) -> StoredBytes {
    if let digest = digest(column + 1) {
      return .blob(digest, count: Int(integer(column + 2)))
    }
    guard !isNull(column) else { throw .corrupt(message: "a row without its bytes") }
    return .inline(blob(column))
  }
}

extension SQLValue {
  static func integer(_ value: Int) -> SQLValue { .integer(Int64(value)) }
  static func flag(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }
  static func optional(_ value: Int64?) -> SQLValue { value.map { .integer($0) } ?? .null }
  static func optional(_ value: String?) -> SQLValue { value.map { .text($0) } ?? .null }
  static func optional(_ value: [UInt8]?) -> SQLValue { value.map { .blob($0) } ?? .null }
  static func id(_ id: JobID) -> SQLValue { .blob(id.bytes) }
  static func moment(_ moment: Timestamp) -> SQLValue { .integer(moment.milliseconds) }
  static func moment(_ moment: Timestamp?) -> SQLValue { .optional(moment?.milliseconds) }
  static func digest(_ digest: SHA256Digest?) -> SQLValue { .optional(digest?.bytes) }
}
