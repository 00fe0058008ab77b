import HTTP
import HTTPTypes
import JSON

/// What is the same for everyone and answered from memory: the dashboard and the Python client.
struct StaticRoutes {
  private struct Page: Sendable {
    var path: String
    var type: String
    var text: String
    var summary: String
  }

  private static let pages = [
    Page(
      path: "/ui/", type: "text/html; charset=utf-8", text: DashboardPage.html,
      summary: "The dashboard."),
    Page(
      path: "/ui/icon.svg", type: "image/svg+xml", text: DashboardPage.icon,
      summary: "Its icon."),
    Page(
      path: "/ui/matquay.css", type: "text/css; charset=utf-8", text: DashboardStyle.css,
      summary: "Its style."),
    Page(
      path: "/ui/matquay.js", type: "text/javascript; charset=utf-8", text: DashboardScript.script,
      summary: "Its behaviour."),
    Page(
      path: "/ui/plots.js", type: "text/javascript; charset=utf-8", text: DashboardPlots.script,
      summary: "Its pictures."),
    Page(
      path: "/ui/results.js", type: "text/javascript; charset=utf-8",
      text: DashboardResults.script, summary: "What it draws of a result."),
    Page(
      path: "/client.py", type: "text/x-python; charset=utf-8", text: PythonClient.text,
      summary: "The Python client: one file, the standard library and numpy."),
  ]

  var routes: [Route] { Self.pages.map(route) + [Self.withoutSlash] }

  /// The dashboard's links are relative to a path with a slash.
  private static var withoutSlash: Route {
    Route(
      .get, "/ui", scope: nil,
      RouteDocumentation("pages", "To /ui/.", answers: [.init(308, "It is at /ui/.")])
    ) { (_: Call) throws(Problem) in
      Response(status: .permanentRedirect, fields: [.location: "/ui/"])
    }
  }

  private func route(_ page: Page) -> Route {
    let rendered = RenderedDocument(Array(page.text.utf8), type: page.type)
    let text: JSONValue = ["type": "string"]
    let essence = MediaType(page.type)?.essence ?? page.type
    return Route(
      .get, page.path, scope: nil,
      RouteDocumentation(
        "pages", page.summary,
        answers: [
          .init(200, page.summary, [(essence, text)]), .init(304, "Unchanged."),
        ])
    ) { (call: Call) throws(Problem) in
      var response = try rendered.response(to: call.head)
      response.fields[.contentSecurityPolicy] =
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'"
      return response
    }
  }
}
