import AlgorithmInterface
import HTTP
import HTTPTypes
import JSON
import Jobs
import Observability

/// Event streams (`text/event-stream`), of one job and of all.
struct EventRoutes {
  let core: ServiceCore

  private static let ticket = QueryParameter(
    "ticket", .string(maximumLength: 128), "Of POST /v1/events/ticket, in place of a key.")

  private static let answers = [
    RouteDocumentation.Answer(
      200, "Events `state`, `progress`, `log`, `end`; `Last-Event-ID` resumes.",
      [("text/event-stream", ["type": "string"])])
  ]

  var routes: [Route] {
    var job = Route(
      .get, "/v1/jobs/{id}/events", scope: .read, query: .only([Self.ticket]),
      RouteDocumentation(
        "events", "What happens to a job; ids are its revisions.", answers: Self.answers,
        problems: [401, 404, 503])
    ) { (exchange) throws(Problem) in try ofJob(exchange) }
    job.takesTicket = true
    var all = Route(
      .get, "/v1/events", scope: .read, query: .only([Self.ticket]),
      RouteDocumentation(
        "events", "What happens to every job that the caller may see.", answers: Self.answers,
        problems: [401, 503])
    ) { (exchange) throws(Problem) in try ofStore(exchange) }
    all.takesTicket = true
    let ticket = Route(
      .post, "/v1/events/ticket", scope: .read,
      RouteDocumentation(
        "events", "A ticket for one event stream within 30 s, for browsers.",
        answers: [.json(201, "The ticket.", "Ticket")], problems: [401, 503])
    ) { [core] (exchange: Exchange) throws(Problem) in
      let issued = core.tickets.issue(to: exchange.call.caller, at: core.clock.now())
      guard let (ticket, expiresAt) = issued else {
        throw Problem(.unavailable, "Too many tickets are open.").retrying(after: 30)
      }
      return .json(
        ["ticket": .string(ticket), "expires_at": .string(expiresAt.text)], status: .created,
        fields: [.cacheControl: "no-store"])
    }
    return [job, all, ticket]
  }

  private func ofJob(_ exchange: Exchange) throws(Problem) -> Response {
    let job = try core.job(exchange.call)
    // An id beyond what there is came from another store, and says nothing about this one.
    let last = try Self.lastEvent(exchange.head) ?? 0
    let seen = last <= job.revision ? last : 0
    let slot = try slot()
    let core = core
    return Self.stream { writer in
      JobEventStream(core, job: job.id, after: seen, writer: writer, slot: slot).start(job)
    }
  }

  private func ofStore(_ exchange: Exchange) throws(Problem) -> Response {
    let (core, owner) = (self.core, exchange.call.caller.visibleOwner)
    let last = try core.asking { () throws(JobError) in try core.engine.lastChange() }
    let start = min(try Self.lastEvent(exchange.head) ?? last, last)
    let slot = try slot()
    return Self.stream { writer in
      StoreEventStream(core, owner: owner, after: start, writer: writer, slot: slot).start()
    }
  }

  private func slot() throws(Problem) -> EventSlot {
    guard let slot = core.eventStreams.take() else {
      throw Problem(
        .unavailable, "\(core.eventStreams.limit) event streams are open, which is the limit."
      ).retrying(after: 10)
    }
    return slot
  }

  private static func lastEvent(_ head: RequestHead) throws(Problem) -> Int64? {
    guard let text = head[.lastEventID], !text.isEmpty else { return nil }
    guard let number = Int64(text), number >= 0 else {
      throw Problem(.invalidHTTP, "Last-Event-ID is none of this stream's ids.")
    }
    return number
  }

  private static func stream(_ start: @escaping @Sendable (any BodyWriter) -> Void) -> Response {
    Response(
      status: .ok,
      fields: [.contentType: "text/event-stream", .cacheControl: "no-store"],
      body: .stream(BodyStream(start: start)))
  }
}
