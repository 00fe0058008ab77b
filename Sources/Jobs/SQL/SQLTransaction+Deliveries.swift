import Observability

/// Telling the callers' webhooks that their jobs are over. What is told lives in the job's row, so
/// that it is durable with the job's end; none of it raises the job's revision.
extension SQLTransaction {
  /// Assignments of a job that ends: a call is due now, if there is a webhook. The cast is for
  /// PostgreSQL, which takes a parameter beside NULL for text.
  static func opensDelivery(now parameter: String) -> String {
    """
    delivery = CASE WHEN webhook IS NULL THEN NULL ELSE 'pending' END, \
    delivery_due = CASE WHEN webhook IS NULL THEN NULL ELSE CAST(\(parameter) AS BIGINT) END
    """
  }

  /// Assignments of a job that is open again.
  static var closesDelivery: String {
    """
    delivery = NULL, delivery_calls = 0, delivery_due = NULL, delivery_status = NULL, \
    delivery_error = NULL
    """
  }

  /// Takes jobs whose call is due. Should the process end during the call, it is due again when
  /// the lease is over: at least once, perhaps twice.
  func claimDeliveries(_ limit: Int, _ leaseMilliseconds: Int64) throws(StoreError)
    -> MutationOutcome
  {
    let due = try connection.rows(
      """
      SELECT id FROM jobs WHERE delivery_due <= $1 ORDER BY delivery_due \
      LIMIT $2\(Connection.lockFreeRows)
      """, [.moment(now), .integer(limit)]
    ) { row throws(StoreError) in try row.jobID(0) }
    var claimed: [JobRecord] = []
    for id in due {
      claimed += try connection.rows(
        """
        UPDATE jobs SET delivery_calls = delivery_calls + 1, delivery_due = $1 WHERE id = $2 \
        RETURNING \(SQLJobCoding.columns)
        """, [.moment(now.adding(milliseconds: leaseMilliseconds)), .id(id)],
        SQLJobCoding.record)
    }
    return .deliveries(claimed)
  }

  /// Writes down what became of one call; false when the job is open again or gone, or another
  /// call was made meanwhile.
  func note(
    _ outcome: DeliveryOutcome, ofCall call: Int, job id: JobID
  ) throws(StoreError) -> Bool {
    let (state, due): (JobDelivery.State, Timestamp?) =
      switch outcome.next {
      case .done: (.delivered, nil)
      case .never: (.failed, nil)
      case .after(let milliseconds): (.pending, now.adding(milliseconds: milliseconds))
      }
    try connection.run(
      """
      UPDATE jobs SET delivery = $1, delivery_due = $2, delivery_status = $3, delivery_error = $4 \
      WHERE id = $5 AND delivery_calls = $6 AND delivery = 'pending'
      """,
      [
        .text(state.rawValue), .moment(due), .optional(outcome.status.map { Int64($0) }),
        .optional(outcome.error), .id(id), .integer(call),
      ])
    return connection.changes > 0
  }
}

extension SQLQueries {
  func nextDelivery() throws(StoreError) -> Timestamp? {
    try connection.first("SELECT min(delivery_due) FROM jobs WHERE delivery_due IS NOT NULL") {
      row throws(StoreError) in row.optionalMoment(0)
    } ?? nil
  }
}
