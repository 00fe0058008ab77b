import AlgorithmInterface
import HTTP
import HTTPTypes
import JSON
import Jobs
import Logging

/// `/v1/keys`: who may call.
struct KeyRoutes {
  let core: ServiceCore

  private static let form = ParameterSchema.object([
    Parameter("name", .string(maximumLength: 100), required: true, "For people."),
    Parameter(
      "scopes", .array(of: .choice(Scope.allCases.map(\.rawValue)), count: 1...3),
      required: true, "What it may do."),
  ])

  var routes: [Route] {
    [
      Route(
        .get, "/v1/keys", scope: .admin,
        RouteDocumentation("keys", "The keys.", answers: [.json(200, "All keys.", "KeyList")])
      ) { [core] (_: Call) throws(Problem) in
        .json(
          ["items": .array(core.keys.all.map { .object($0.document) })],
          fields: [.cacheControl: "no-store"])
      },
      Route(
        .post, "/v1/keys", scope: .admin,
        RouteDocumentation(
          "keys", "Make a key; its secret is shown this once.",
          answers: [.json(201, "The key.", "Key")],
          request: [(MediaTypes.json, OpenAPIComponents.reference("KeyRequest"))],
          problems: [400, 409, 415, 422])
      ) { (exchange) throws(Problem) in try make(exchange) },
      Route(
        .delete, "/v1/keys/{id}", scope: .admin,
        RouteDocumentation(
          "keys", "Revoke a key.", answers: [.init(204, "It is gone.")], problems: [404, 409])
      ) { (exchange) throws(Problem) in try remove(exchange) },
    ]
  }

  private func make(_ exchange: Exchange) throws(Problem) -> Response {
    let members = try JSONBody.members(of: exchange, Self.form)
    let words = (members.list("scopes") ?? []).compactMap(\.stringValue)
    let scopes = Set(words.compactMap(Scope.init(rawValue:)))
    if core.keys.isEmpty && !scopes.contains(.admin) {
      // From the first key on every request needs one: nobody could make the second.
      throw Problem(.conflict, "The first key must have the scope admin.")
    }
    let (key, text) = AccessKey.make(
      name: members.string("name") ?? "", scopes: scopes, at: core.clock.now())
    try write { () throws(KeyFile.Failure) in try core.keys.add(key) }
    var document = key.document
    document["key"] = .string(text)
    return .json(
      .object(document), status: .created,
      fields: [.location: "/v1/keys/\(key.id)", .cacheControl: "no-store"])
  }

  private func remove(_ exchange: Exchange) throws(Problem) -> Response {
    let id = exchange.call.segment("id")
    let removal = try write { () throws(KeyFile.Failure) in try core.keys.remove(id: id) }
    switch removal {
    case .removed: return Response(status: .noContent)
    case .isFixed:
      throw Problem(.conflict, "The key stands in the operator's file; remove it there.")
    case .notFound: throw Problem(.notFound, "There is no such key.")
    }
  }

  private func write<T>(_ body: () throws(KeyFile.Failure) -> T) throws(Problem) -> T {
    do throws(KeyFile.Failure) { return try body() } catch {
      core.logger.error("keys cannot be stored", metadata: ["reason": "\(error)"])
      throw Problem(.storageFull, "The keys cannot be stored.")
    }
  }
}
