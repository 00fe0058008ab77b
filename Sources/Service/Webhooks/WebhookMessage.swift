import JSON
public import Jobs
public import Observability

/// What a webhook is told of a job that is over: its document, signed as Standard Webhooks say.
public struct WebhookMessage: Sendable {
  /// Where to; an https URL whose host the operator allows at present.
  public let url: String
  public let fields: [(name: String, value: String)]
  /// The job document.
  public let body: [UInt8]

  /// Nil where the job has no webhook, or its host is no longer allowed.
  ///
  /// The id is the same for every call that tells the same end of the same job, so that receivers
  /// know a repetition; the time is the call's, so that old messages cannot be replayed.
  public init?(_ job: JobRecord, secret: WebhookSecret, allowedHosts: [String], at now: Timestamp) {
    guard let url = job.webhook else { return nil }
    do throws(Problem) { try WebhookRule(allowedHosts: allowedHosts).check(url) } catch {
      return nil
    }
    var document = JobDocument.make(job, nil)
    // Of the telling itself the receiver knows more than the document.
    document["webhook"] = nil
    self.url = url
    body = JSONValue.object(document).serialized()
    let id = "msg_\(job.id)_\(job.revision)"
    let seconds = now.milliseconds / 1000
    fields = [
      ("Content-Type", "application/json"), ("User-Agent", "matquay"), ("webhook-id", id),
      ("webhook-timestamp", "\(seconds)"),
      ("webhook-signature", secret.signature(id: id, timestamp: seconds, body: body)),
    ]
  }
}
