import HTTP
import HTTPTypes
import JSON

/// `/openapi.json`: made once, at the start.
struct OpenAPIRoutes {
  let core: ServiceCore
  let documented: [Route]

  var routes: [Route] {
    let own = Self.route { (_) throws(Problem) in Response(status: .ok) }
    let document = OpenAPIDocument(
      routes: documented + [own], catalogue: core.catalogue, build: core.build)
    let rendered = RenderedDocument(document.value)
    return [Self.route { (call) throws(Problem) in try rendered.response(to: call.head) }]
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
