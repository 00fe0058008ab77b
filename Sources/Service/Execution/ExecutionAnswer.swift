import HTTP
import HTTPTypes
import JSON
import Jobs

/// Turns what became of a submission into the answer of its request.
struct ExecutionAnswer: Sendable {
  let core: ServiceCore
  let head: RequestHead
  let wish: ResultWish
  let plan: WaitPlan
  let control: CacheControl

  /// The result where the job is over, else 202.
  func response(to submitted: Submission) throws(Problem) -> Response {
    let job = submitted.record
    var response = job.state.isFinished ? try finished(job, submitted) : pending(job)
    if let applied = plan.applied(answered: job.state.isFinished) {
      response.fields[.preferenceApplied] = applied
    }
    if case .replayed = submitted { response.fields[.idempotencyReplayed] = "true" }
    return response
  }

  /// 202 with the job document.
  private func pending(_ job: JobRecord) -> Response {
    var response = core.jobResponse(job, status: .accepted)
    response.fields[.location] = "/v1/jobs/\(job.id)"
    return response
  }

  /// The result, or the job's own problem.
  private func finished(
    _ job: JobRecord, _ submitted: Submission
  ) throws(Problem) -> Response {
    guard job.state == .succeeded else {
      throw Problem(ended: job)
    }
    let handle = try core.result(of: submitted)
    var response = try ResultEncoder(
      handle: handle, job: job, wish: wish, head: head, digests: core.digests
    ).response()
    response.fields[.contentLocation] = "/v1/jobs/\(job.id)/results"
    let key = job.digest.map { "; key=\"\($0)\"" } ?? ""
    if case .cached(_, let storedAt) = submitted {
      response.fields[.cacheStatus] = "matquay; hit" + key
      response.fields[.age] = String(max(0, core.clock.now().since(storedAt) / 1000))
    } else {
      response.fields[.cacheStatus] = "matquay; \(control.forwarding)" + key
    }
    return response
  }
}

extension Problem {
  /// A job that ended without a result.
  init(ended job: JobRecord) {
    guard job.state == .failed else {
      self.init(.cancelled, "The job was cancelled: it has no result.")
      return
    }
    self.init(stored: JobDocument.error(job))
  }

  /// A problem document that was kept with its job.
  init(stored document: JSONValue) {
    let name = document["type"]?.stringValue?.split(separator: "/").last.map(String.init) ?? ""
    let kind = ProblemKind(rawValue: name) ?? .internalError
    let items = document["errors"]?.arrayValue ?? []
    self.init(
      kind, document["detail"]?.stringValue ?? "The job failed.",
      status: document["status"]?.integerValue.flatMap { Int(exactly: $0) },
      items: items.map { item in
        Item(
          pointer: item["pointer"]?.stringValue, detail: item["detail"]?.stringValue ?? "",
          code: item["code"]?.stringValue)
      })
  }
}
