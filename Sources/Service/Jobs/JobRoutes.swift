import AlgorithmInterface
import HTTP
import HTTPTypes
import JSON
import Jobs
import Observability
import Settings

/// `/v1/jobs`: what was asked for, and what became of it.
struct JobRoutes {
  let core: ServiceCore

  var routes: [Route] {
    [
      Route(
        .get, "/v1/jobs", scope: .read, query: .only(JobQuery.filters + JobQuery.page),
        RouteDocumentation(
          "jobs", "The caller's jobs, newest first.",
          answers: [.json(200, "A page.", "JobList")], problems: [400])
      ) { (exchange) throws(Problem) in try list(exchange) },
      Route(
        .get, "/v1/jobs/{id}", scope: .read,
        RouteDocumentation(
          "jobs", "A job. With `Prefer: wait=n` and `If-None-Match`: when it has changed.",
          answers: [.json(200, "The job.", "Job"), .init(304, "Unchanged.")], problems: [404])
      ) { (exchange) throws(Problem) in try get(exchange) },
      Route(
        .delete, "/v1/jobs/{id}", scope: .submit,
        RouteDocumentation(
          "jobs", "Forget a job; an open one is cancelled first.",
          answers: [.init(204, "It is gone.")], problems: [404])
      ) { (exchange) throws(Problem) in try delete(exchange) },
      Route(
        .post, "/v1/jobs/{id}/cancel", scope: .submit,
        RouteDocumentation(
          "jobs", "Stop a job.",
          answers: [
            .json(200, "It was queued, or is over.", "Job"),
            .json(202, "It runs and was told to stop.", "Job"),
          ], problems: [404])
      ) { (exchange) throws(Problem) in try cancel(exchange) },
      Route(
        .post, "/v1/jobs/{id}/retry", scope: .submit,
        RouteDocumentation(
          "jobs", "Run a failed or cancelled job again.",
          answers: [.json(202, "It is queued.", "Job")], problems: [404, 409, 503])
      ) { (exchange) throws(Problem) in try retry(exchange) },
      bulk("cancel", "Stop all jobs that match.") { [core] (filter) throws(JobError) in
        try core.engine.cancelAll(filter)
      },
      bulk("retry", "Run all failed or cancelled jobs that match again.") {
        [core] (filter) throws(JobError) in try core.engine.retryAll(filter)
      },
    ]
  }

  private func list(_ exchange: Exchange) throws(Problem) -> Response {
    let call = exchange.call
    let query = try JobQuery(call)
    let page = try core.asking { () throws(JobError) in
      try core.engine.list(query.filter, limit: query.limit, after: query.cursor)
    }
    let outlooks = try core.asking { () throws(JobError) in
      try core.engine.outlooks(of: page.items)
    }
    let items = zip(page.items, outlooks).map { JSONValue.object(JobDocument.make($0, $1)) }
    var fields: HTTPFields = [.cacheControl: "no-store"]
    if let next = page.next {
      let others = call.query.items.filter { $0.name != "cursor" }.map {
        PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value)
      }
      let query = (others + ["cursor=\(next)"]).joined(separator: "&")
      fields[.link] = "</v1/jobs?\(query)>; rel=\"next\""
    }
    return .json(
      ["items": .array(items), "next_cursor": JSONValue(page.next?.description)], fields: fields)
  }

  private func get(_ exchange: Exchange) throws(Problem) -> Response? {
    let call = exchange.call
    let job = try core.job(call)
    guard let condition = EntityTagCondition(call.head[.ifNoneMatch]),
      condition.matches(JobDocument.tag(job))
    else { return core.jobResponse(job, status: .ok) }
    let unchanged = Response(
      status: .notModified,
      fields: [.eTag: JobDocument.tag(job).description, .cacheControl: "no-store"])
    let wait = Preferences(call.head[.prefer]).wait ?? 0
    guard wait > 0, !job.state.isFinished else { return unchanged }
    let seconds = min(Double(wait), core.settings.sync.maxWaitLimit.seconds)
    let deadline = core.clock.now().adding(milliseconds: Int64(seconds * 1000))
    let core = core
    let watch = core.engine.watch(
      job.id, until: .revision(after: job.revision), deadline: deadline
    ) { sighting in
      var response: Response
      switch sighting {
      case .met(let changed): response = core.jobResponse(changed, status: .ok)
      case .deadline: response = unchanged
      case .gone: return exchange.send(Problem(JobError.notFound))
      case .failed(let error): return exchange.send(Problem(error))
      }
      response.fields[.preferenceApplied] = "wait=\(Int(seconds))"
      exchange.send(response)
    }
    // Who has only closed the sending side is still there to read.
    exchange.onDisconnect {
      watch.cancel()
      exchange.send(unchanged)
    }
    return nil
  }

  private func delete(_ exchange: Exchange) throws(Problem) -> Response {
    let job = try core.job(exchange.call)
    try core.asking { () throws(JobError) in try core.engine.delete(job.id) }
    return Response(status: .noContent)
  }

  private func cancel(_ exchange: Exchange) throws(Problem) -> Response {
    let job = try core.job(exchange.call)
    let after = try core.asking { () throws(JobError) in try core.engine.cancel(job.id) }
    return core.jobResponse(after, status: after.state.isFinished ? .ok : .accepted)
  }

  private func retry(_ exchange: Exchange) throws(Problem) -> Response {
    try core.refuseWhileDraining()
    let job = try core.job(exchange.call)
    let after = try core.asking { () throws(JobError) in try core.engine.retry(job.id) }
    var response = core.jobResponse(after, status: .accepted)
    response.fields[.location] = "/v1/jobs/\(after.id)"
    return response
  }

  private func bulk(
    _ word: String, _ summary: String,
    _ change: @escaping @Sendable (JobFilter) throws(JobError) -> (matched: Int, changed: Int)
  ) -> Route {
    let core = core
    return Route(
      .post, "/v1/jobs/\(word)", scope: .submit, query: .only(JobQuery.filters),
      RouteDocumentation(
        "jobs", summary, answers: [.json(200, "How many.", "BulkResult")], problems: [400, 422])
    ) { (exchange) throws(Problem) in
      guard !exchange.call.query.items.isEmpty else {
        throw Problem(.validation, "Name at least one of state, algorithm, label, created_after.")
      }
      let filter = try JobQuery(exchange.call).filter
      let (matched, changed) = try core.asking { () throws(JobError) in try change(filter) }
      return .json(["matched": .integer(Int64(matched)), "changed": .integer(Int64(changed))])
    }
  }
}
