import HTTP
import HTTPTypes
import JSON
import Jobs

/// `/openapi.json`: made once, at the start.
struct OpenAPIRoutes {
  let core: ServiceCore
  let documented: [Route]

  var routes: [Route] {
    let own = Self.route { (_) throws(Problem) in Response(status: .ok) }
    let document = OpenAPIDocument(
      routes: documented + [own], catalogue: core.catalogue, build: core.build)
    let bytes = document.value.serialized()
    let tag = EntityTag(String(SHA256Digest(of: bytes).hexadecimal.prefix(32)))
    return [
      Self.route { (call) throws(Problem) in
        var response =
          Representation.unchanged(call.head, tag)
          ?? .json(bytes: bytes, fields: [.eTag: tag.description])
        response.fields[.cacheControl] = "no-cache"
        return response
      }
    ]
  }

  private static func route(
    _ answer: @escaping @Sendable (Call) throws(Problem) -> Response
  ) -> Route {
    Route(
      .get, "/openapi.json", scope: nil,
      RouteDocumentation(
        "operations", "This document.",
        answers: [
          .init(200, "OpenAPI 3.1.", [("application/json", ["type": "object"])]),
          .init(304, "As the caller has it."),
        ]), memory: answer)
  }
}
