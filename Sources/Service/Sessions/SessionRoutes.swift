import AlgorithmInterface
import HTTP
import HTTPTypes
import JSON
import Jobs
import Observability
import WeightedPagingAPI

/// `/v1/paging/sessions`: live paging decisions (bodies: the family's own, `WeightedPagingAPI`).
struct SessionRoutes {
  let core: ServiceCore

  private static let path = "/v1/paging/sessions"
  private static let object = [
    (type: MediaTypes.json, schema: OpenAPIComponents.reference("Object"))
  ]

  var routes: [Route] {
    [
      Route(
        .post, Self.path, scope: .submit, bodyLimit: nil,
        documentation(
          "Open a session, new or from a snapshot.", 201,
          request: [(MediaTypes.json, PagingSessionBodies.creationSchema)], [422, 503])
      ) { (exchange) throws(Problem) in try create(exchange) },
      Route(
        .get, Self.path, scope: .read, query: .only(JobQuery.page),
        documentation("The caller's open sessions, newest first.", 200)
      ) { (exchange) throws(Problem) in try list(exchange) },
      Route(
        .get, Self.path + "/{sid}", scope: .read,
        documentation("How a session does.", 200, [404, 410])
      ) { (exchange) throws(Problem) in
        let id = exchange.call.segment("sid")
        return try look(exchange) { session, place in
          Self.document(session.view(id: id), place)
        }
      },
      Route(
        .delete, Self.path + "/{sid}", scope: .submit,
        RouteDocumentation(
          "paging", "Close a session.", answers: [.init(204, "It is gone.")], problems: [404])
      ) { (exchange) throws(Problem) in try delete(exchange) },
      Route(
        .post, Self.path + "/{sid}/requests", scope: .submit, bodyLimit: 16 << 20,
        documentation(
          "Decide a batch of requests.", 200, request: Self.object, [404, 409, 410, 422])
      ) { (exchange) throws(Problem) in try change(exchange, .requests) },
      Route(
        .post, Self.path + "/{sid}/samples", scope: .submit, bodyLimit: 16 << 20,
        documentation(
          "Report costs of earlier tickets.", 200, request: Self.object, [404, 409, 410, 422])
      ) { (exchange) throws(Problem) in try change(exchange, .samples) },
      Route(
        .get, Self.path + "/{sid}/pages/{page}", scope: .read,
        documentation("The state of one page.", 200, [404, 410])
      ) { (exchange) throws(Problem) in
        let name = exchange.call.segment("page")
        return try look(exchange) { (session, place) throws(Problem) in
          guard let page = session.page(name) else {
            throw Problem(.notFound, "The page was never requested in this session.")
          }
          return Self.document(page, place)
        }
      },
      Route(
        .get, Self.path + "/{sid}/snapshot", scope: .submit,
        documentation("The exact state, to continue elsewhere.", 200, [404, 410])
      ) { (exchange) throws(Problem) in
        try look(exchange) { session, place in
          Self.document(session.snapshotDocument(), place)
        }
      },
    ]
  }

  private func documentation(
    _ summary: String, _ status: Int, request: [(type: String, schema: JSONValue)] = [],
    _ problems: [Int] = []
  ) -> RouteDocumentation {
    RouteDocumentation(
      "paging", summary, answers: [.json(status, summary, "Object")], request: request,
      problems: problems)
  }

  /// The record that a path names, if the caller may see it.
  private func record(_ call: Call) throws(Problem) -> SessionRecord {
    guard let id = JobID(call.segment("sid")) else { throw LiveSession.notFound }
    let record: SessionRecord?
    do throws(JobError) { record = try core.sessions.log.session(id) } catch {
      throw Problem(error, session: true)
    }
    guard let record, call.caller.sees(owner: record.owner) else { throw LiveSession.notFound }
    if record.expiredAt != nil { throw LiveSession.expired }
    return record
  }

  /// Answers with what `body` makes of the session when the changes before are made.
  private func look(
    _ exchange: Exchange,
    _ body: @escaping @Sendable (LivePagingSession, Int64) throws(Problem) -> Response
  ) throws(Problem) -> Response? {
    let record = try record(exchange.call)
    core.sessions[record.id].look(atLeast: record.place) { result in
      do throws(Problem) {
        let (session, place) = try result.get()
        exchange.send(try body(session, place))
      } catch {
        exchange.send(error)
      }
    }
    return nil
  }

  /// The tag is the number of entries: samples change what is shown without moving `next`.
  private static func document(_ document: JSONObject, _ place: Int64) -> Response {
    .json(
      .object(document),
      fields: [.cacheControl: "no-store", .eTag: EntityTag(String(place)).description])
  }

  private func create(_ exchange: Exchange) throws(Problem) -> Response {
    try core.refuseWhileDraining()
    let body = try JSONBody.document(of: exchange)
    let session: LivePagingSession
    do throws(PagingRefusal) {
      // Below 2^53, so that every JSON reader gets the seed back exactly.
      session = try LivePagingSession(body.root, drawnSeed: .random(in: 0..<(1 << 53)))
    } catch {
      throw Problem(error)
    }
    let made: SessionRecord
    do throws(JobError) {
      made = try core.sessions.log.create(
        owner: exchange.call.caller.id,
        configuration: JSONValue.object(session.created(id: "")).serialized(),
        snapshot: session.snapshot(), next: Int64(session.next))
    } catch {
      throw Problem(error, session: true)
    }
    return .json(
      .object(session.created(id: made.id.description)), status: .created,
      fields: [
        .location: "\(Self.path)/\(made.id)", .cacheControl: "no-store",
        .eTag: EntityTag(String(made.place)).description,
      ])
  }

  private func list(_ exchange: Exchange) throws(Problem) -> Response {
    let query = try JobQuery(exchange.call)
    let (items, next) = try core.asking { () throws(JobError) in
      try core.sessions.log.list(
        owner: exchange.call.caller.visibleOwner, limit: query.limit, after: query.cursor)
    }
    var fields: HTTPFields = [.cacheControl: "no-store"]
    if let next {
      fields[.link] = "<\(Self.path)?limit=\(query.limit)&cursor=\(next)>; rel=\"next\""
    }
    let documents = items.map { JSONValue.object(Self.summary($0)) }
    return .json(
      ["items": .array(documents), "next_cursor": JSONValue(next?.description)], fields: fields)
  }

  /// A session in a list: what it was made with, without its seed, and where it is.
  private static func summary(_ record: SessionRecord) -> JSONObject {
    var document: JSONObject = [
      "session": .string(record.id.description), "next": .integer(record.next),
      "created_at": .string(record.createdAt.text), "touched_at": .string(record.touchedAt.text),
    ]
    let made = (try? JSONValue.parse(record.configuration))?.objectValue ?? JSONObject()
    for name in ["capacity", "states", "mode", "bounds", "policy", "cost_on"] {
      document[name] = made[name]
    }
    return document
  }

  private func delete(_ exchange: Exchange) throws(Problem) -> Response {
    let record = try record(exchange.call)
    let found = try core.asking { () throws(JobError) in
      try core.sessions.log.delete(record.id)
    }
    core.sessions.forget(record.id)
    guard found else { throw LiveSession.notFound }
    return Response(status: .noContent)
  }

  private func change(
    _ exchange: Exchange, _ kind: LiveSession.Change.Kind
  ) throws(Problem) -> Response? {
    let record = try record(exchange.call)
    guard !exchange.body.isEmpty else { throw .invalid(.root, "The request has no body.") }
    try JSONBody.checkType(exchange)
    let change = LiveSession.Change(
      kind: kind, body: exchange.body.copied(), place: record.place
    ) { result in
      switch result {
      case .success(let bytes):
        exchange.send(.json(bytes: bytes, fields: [.cacheControl: "no-store"]))
      case .failure(let problem): exchange.send(problem)
      }
    }
    core.sessions[record.id].make(change)
    return nil
  }
}
