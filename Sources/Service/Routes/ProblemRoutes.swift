import HTTP
import HTTPTypes
import JSON

/// `/problems/NAME`: what an error means and what to do about it.
struct ProblemRoutes {
  var routes: [Route] {
    [
      Route(
        .get, "/problems/{name}", scope: nil,
        RouteDocumentation(
          "errors", "The page of a class of errors.",
          answers: [
            RouteDocumentation.Answer(
              200, "What it means and what to do.",
              [
                ("text/html", ["type": "string"]),
                ("application/json", OpenAPIComponents.reference("ProblemPage")),
              ])
          ], problems: [404, 406])
      ) { (call) throws(Problem) in try page(call) }
    ]
  }

  private func page(_ call: Call) throws(Problem) -> Response {
    guard let kind = ProblemKind(rawValue: call.segment("name")) else {
      throw Problem(.notFound, "No error is called \"\(call.segment("name"))\".")
    }
    let offers = ["text/html", "application/json"].compactMap { MediaType($0) }
    guard let type = Accept(call.head[.accept]).best(of: offers) else {
      throw Problem(.notAcceptable, "This page is HTML or JSON.")
    }
    var response =
      type.subtype == "html" ? .text(html(kind), type: "text/html; charset=utf-8") : json(kind)
    response.fields[.cacheControl] = "public, max-age=86400"
    response.fields[.vary] = "Accept"
    return response
  }

  private func json(_ kind: ProblemKind) -> Response {
    let page = kind.page
    return .json([
      "type": .string(kind.type), "title": .string(page.title),
      "status": .integer(Int64(kind.status)), "meaning": .string(page.meaning),
      "advice": .string(page.advice),
    ])
  }

  private func html(_ kind: ProblemKind) -> String {
    let page = kind.page
    return """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width">
      <title>\(kind.rawValue) · Matquay</title></head>
      <body><h1>\(Self.escaped(page.title))</h1>
      <p><code>\(kind.rawValue)</code>, usually with status \(kind.status).</p>
      <p>\(Self.escaped(page.meaning))</p>
      <h2>What to do</h2>
      <p>\(Self.escaped(page.advice))</p>
      </body></html>

      """
  }

  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      default: escaped.append(character)
      }
    }
    return escaped
  }
}
