import HTTP
import HTTPTypes
import JSON

/// `GET /`: where to go from here.
struct LandingRoutes {
  let core: ServiceCore

  var routes: [Route] {
    [
      Route(
        .get, "/", scope: nil,
        RouteDocumentation(
          "operations", "Links to everything; browsers are sent to the dashboard.",
          answers: [
            .json(200, "Links.", "Landing"), .init(303, "To /ui/ where HTML is preferred."),
          ])
      ) { [core] (call) throws(Problem) in Self.landing(core, call) }
    ]
  }

  private static func landing(_ core: ServiceCore, _ call: Call) -> Response {
    let offers = ["application/json", "text/html"].compactMap { MediaType($0) }
    if Accept(call.head[.accept]).best(of: offers)?.subtype == "html" {
      return Response(status: .seeOther, fields: [.location: "/ui/", .vary: "Accept"])
    }
    let links: JSONObject = [
      "self": "/", "algorithms": "/v1/algorithms", "jobs": "/v1/jobs", "queue": "/v1/queue",
      "events": "/v1/events", "openapi": "/openapi.json", "health": "/healthz",
      "ready": "/readyz", "live": "/livez", "version": "/version", "metrics": "/metrics",
    ]
    return .json(
      [
        "name": "matquay", "version": .string(core.build.version),
        "summary": "Numerical algorithms on matrices, networks and traces, over HTTP.",
        "algorithms": .array(core.catalogue.ids.map { .string($0) }), "links": .object(links),
      ], fields: [.vary: "Accept"])
  }
}
