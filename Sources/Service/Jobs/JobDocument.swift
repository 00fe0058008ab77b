import HTTP
import JSON
import Jobs
import Observability

/// The document that stands for a job.
enum JobDocument {
  static func make(_ job: JobRecord, _ outlook: JobOutlook?) -> JSONObject {
    let path = "/v1/jobs/\(job.id)"
    let progress = job.progress
    var document: JSONObject = [
      "id": .string(job.id.description), "algorithm": .string(job.algorithm),
      "version": .string(job.version), "state": .string(job.state.rawValue),
      "cancelling": .bool(job.cancelling), "priority": .integer(Int64(job.priority)),
      "progress": [
        "fraction": .number(progress.fraction), "step": JSONValue(progress.step),
        "total": JSONValue(progress.total), "message": JSONValue(progress.message),
      ],
      "attempt": .integer(Int64(job.attempt)), "max_attempts": .integer(Int64(job.maxAttempts)),
      "queue_position": JSONValue(outlook?.queuePosition),
      "estimate_seconds": JSONValue(outlook?.estimateSeconds),
      "created_at": time(job.createdAt), "started_at": time(job.startedAt),
      "updated_at": time(job.updatedAt), "finished_at": time(job.finishedAt),
      "expires_at": time(job.expiresAt), "digest": JSONValue(job.digest?.description),
      "cached": .bool(job.cached), "result_bytes": JSONValue(job.resultBytes),
      "labels": .object(
        JSONObject(job.labels.map { (key: $0.name, value: JSONValue.string($0.value)) })),
      "error": error(job), "traceparent": JSONValue(job.traceparent),
      "revision": .integer(job.revision),
      "links": [
        "self": .string(path), "results": .string(path + "/results"),
        "events": .string(path + "/events"), "cancel": .string(path + "/cancel"),
      ],
    ]
    if let url = job.webhook { document["webhook"] = webhook(url, job.delivery) }
    return document
  }

  /// The tag of a job's document: its revision.
  static func tag(_ job: JobRecord) -> EntityTag { EntityTag(String(job.revision)) }

  /// The problem document of a failed job.
  static func error(_ job: JobRecord) -> JSONValue {
    guard let bytes = job.error, let value = try? JSONValue.parse(bytes) else { return .null }
    return value
  }

  /// The caller's webhook and how far telling it is. Outside the revision: it is not the job's.
  private static func webhook(_ url: String, _ delivery: JobDelivery?) -> JSONValue {
    [
      "url": .string(url), "state": .string(delivery?.state.rawValue ?? "waiting"),
      "calls": .integer(Int64(delivery?.calls ?? 0)), "next_at": time(delivery?.nextAt),
      "status": JSONValue(delivery?.status), "error": JSONValue(delivery?.error),
    ]
  }

  private static func time(_ moment: Timestamp?) -> JSONValue { JSONValue(moment?.text) }
}
