import HTTP
import HTTPTypes
import Testing

@Suite struct RouterTests {
  private let router = Router<String>([
    (.get, "/", "root"), (.get, "/v1/jobs", "list"), (.get, "/v1/jobs/{id}", "job"),
    (.delete, "/v1/jobs/{id}", "delete"), (.post, "/v1/jobs/cancel", "bulk"),
    (.get, "/v1/jobs/{id}/results/{name}", "tensor"), (.get, "/ui/*", "page"),
    (.get, "/ui/", "index"),
  ])

  private func found(_ method: HTTPRequest.Method, _ path: String) -> String {
    switch router.match(method, path) {
    case .matched(let endpoint, let parameters):
      let named = ["id", "name", "*"].compactMap { key in parameters[key].map { "\(key)=\($0)" } }
      return ([endpoint] + named).joined(separator: " ")
    case .options(let allow): return "options " + allow.allowFieldValue
    case .methodNotAllowed(let allow): return "405 " + allow.allowFieldValue
    case .notFound: return "404"
    }
  }

  @Test(arguments: [
    ("/", "root"), ("/v1/jobs", "list"), ("/v1/jobs/7", "job id=7"),
    ("/v1/jobs/a%2Fb", "job id=a/b"), ("/v1/jobs/7/results/w%20x", "tensor id=7 name=w x"),
    ("/v1/jobs/", "404"), ("/v1/jobs//results/x", "404"), ("/v1", "404"), ("/v1/jobs/7/x", "404"),
    ("/ui/", "index"), ("/ui/a/b.css", "page *=a/b.css"), ("/ui", "404"), ("/v1/jobs/%FF", "404"),
    ("/v1/jobs/cancel", "job id=cancel"),
  ])
  func findsTheEndpointOfAGet(_ path: String, _ expected: String) {
    #expect(found(.get, path) == expected)
    #expect(found(.head, path) == expected)
  }

  @Test func knowsTheMethodsOfAPath() {
    #expect(found(.put, "/v1/jobs/7") == "405 DELETE, GET, HEAD, OPTIONS")
    #expect(found(.options, "/v1/jobs/7") == "options DELETE, GET, HEAD, OPTIONS")
    #expect(found(.options, "*") == "options DELETE, GET, HEAD, OPTIONS, POST")
    #expect(found(.post, "/v1/jobs/cancel") == "bulk")
    #expect(found(.delete, "/v1/jobs/cancel") == "delete id=cancel")
    #expect(found(.options, "/none") == "404")
  }
}
