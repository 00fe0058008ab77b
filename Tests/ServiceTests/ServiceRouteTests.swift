import HTTP
import HTTPTypes
import JSON
import Service
import Settings
import Tensors
import Testing

@Suite struct ServiceRouteTests {
  @Test func healthIsAnsweredOnTheLoop() async throws {
    let fixture = try ServiceFixture()
    for path in ["/livez", "/readyz", "/healthz", "/version"] {
      let head = try RequestHead(method: .get, target: path)
      guard case .respond(let response) = fixture.service.begin(head, from: Peer()) else {
        Issue.record("\(path) needs a thread")
        continue
      }
      #expect(response.status == .ok, "\(path)")
    }
    #expect(await fixture.get("/version").json["name"] == "matquay")
    let post = await fixture.post("/livez")
    #expect(post.status.code == 405)
    #expect(post.problem == "method-not-allowed")
    #expect(post.fields[.allow] == "GET, HEAD, OPTIONS")
    let options = await fixture.client.send(.options, "/livez")
    #expect(options.status == .noContent)
    #expect(options.fields[.allow] == "GET, HEAD, OPTIONS")
    #expect(await fixture.get("/nowhere").problem == "not-found")
  }

  @Test func theLandingLinksWhatIsThere() async throws {
    let fixture = try ServiceFixture()
    let landing = await fixture.get("/")
    for (name, link) in landing.json["links"]?.objectValue ?? JSONObject() where name != "events" {
      let response = await fixture.get(link.stringValue ?? "")
      #expect(response.status == .ok, "\(name)")
    }
    let page = await fixture.get("/", [.accept: "text/html,application/xhtml+xml,*/*;q=0.8"])
    #expect(page.status == .seeOther)
    #expect(page.fields[.location] == "/ui/")
  }

  /// A name that is misspelt in a page or a script is a blank dashboard.
  @Test func everyFileThatTheDashboardNamesIsServed() async throws {
    let fixture = try ServiceFixture()
    var waiting = ["/ui/"]
    var seen: Set<String> = []
    while let path = waiting.popLast() {
      guard seen.insert(path).inserted else { continue }
      let file = await fixture.get(path)
      #expect(file.status == .ok, "\(path)")
      let type = file.fields[.contentType] ?? ""
      let types = ["js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"]
      let expected = types[String(path.split(separator: ".").last ?? "")] ?? "text/html"
      #expect(type.hasPrefix(expected), "\(path)")
      let tag = try #require(file.fields[.eTag])
      #expect(await fixture.get(path, [.ifNoneMatch: tag]).status == .notModified)
      waiting += file.text.matches(of: /["'](\/ui\/[a-z.]+)["']/).map { String($0.1) }
    }
    let scripts = ["matquay", "plots", "results"].map { "/ui/\($0).js" }
    #expect(seen == Set(scripts + ["/ui/", "/ui/icon.svg", "/ui/matquay.css"]))
  }

  @Test func requestIDsAreTakenOverWhenValid() async throws {
    let fixture = try ServiceFixture()
    let given = await fixture.get("/livez", [.requestID: "abc-123"])
    #expect(given.fields[.requestID] == "abc-123")
    for bad in ["with space", "\"quoted\"", String(repeating: "a", count: 129)] {
      let made = await fixture.get("/livez", [.requestID: bad])
      #expect(made.fields[.requestID] != bad)
      #expect(made.fields[.requestID]?.count == 32)
    }
  }

  @Test func everyProblemHasAPage() async throws {
    let fixture = try ServiceFixture()
    for kind in ProblemKind.allCases {
      let html = await fixture.get(kind.type)
      #expect(html.fields[.contentType] == "text/html; charset=utf-8")
      #expect(html.text.contains(kind.rawValue))
      let json = await fixture.get(kind.type, [.accept: "application/json"])
      #expect(json.json["status"] == .integer(Int64(kind.status)))
      #expect(json.json["advice"]?.stringValue?.isEmpty == false)
    }
    #expect(await fixture.get("/problems/none").status.code == 404)
  }

  @Test func algorithmsDescribeThemselves() async throws {
    let fixture = try ServiceFixture()
    let list = await fixture.get("/v1/algorithms").json["items"]
    #expect(list?[0]?["id"] == "double")
    let one = await fixture.get("/v1/algorithms/double").json
    #expect(one["params_schema"]?["properties"]?["factor"]?["default"] == 2)
    #expect(one["params_schema"]?["additionalProperties"] == false)
    #expect(one["inputs"]?[0]?["dtypes"] == ["F64", "F32"])
    #expect(one["limits"]?["elements"] == 1000)
    #expect(one["deterministic"] == true)
    #expect(await fixture.get("/v1/algorithms/none").status.code == 404)
  }

  @Test func documentsOfAlgorithmsAreMadeOnceAndTagged() async throws {
    let fixture = try ServiceFixture()
    for path in ["/v1/algorithms", "/v1/algorithms/double", "/openapi.json", "/ui/"] {
      let first = await fixture.get(path)
      let tag = try #require(first.fields[.eTag], "\(path)")
      #expect(await fixture.get(path).fields[.eTag] == tag)
      let again = await fixture.get(path, [.ifNoneMatch: tag])
      #expect(again.status == .notModified, "\(path)")
      #expect(again.body.isEmpty)
      #expect(again.fields[.eTag] == tag)
      #expect(await fixture.get(path, [.ifNoneMatch: "\"other\""]).body == first.body)
      let head = await fixture.client.send(.head, path)
      #expect(head.fields[.contentLength] == String(first.body.count))
    }
  }

  @Test func theDashboardIsFoundWithoutItsSlash() async throws {
    let fixture = try ServiceFixture()
    let answer = await fixture.get("/ui")
    #expect(answer.status.code == 308)
    #expect(answer.fields[.location] == "/ui/")
  }

  @Test func theVersionNamesACommitOnlyWhereItIsKnown() async throws {
    let unknown = try ServiceFixture()
    #expect(await unknown.get("/version").json["commit"] == nil)
    let known = try ServiceFixture(parts: { $0.build.commit = "0123abc" })
    #expect(await known.get("/version").json["commit"] == "0123abc")
  }

  @Test func metricsCountRequestsAndJobs() async throws {
    let fixture = try ServiceFixture()
    _ = await fixture.execute(["inputs": ["x": [1]]])
    _ = await fixture.get("/nowhere")
    let metrics = await fixture.get("/metrics")
    #expect(metrics.fields[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
    let lines = metrics.text.split(separator: "\n")
    let route = #"route="/v1/algorithms/{algorithm}/execution",method="POST",status="200""#
    #expect(lines.contains("matquay_http_requests_total{\(route)} 1"))
    #expect(lines.contains { $0.hasPrefix(#"matquay_http_requests_total{route="unmatched""#) })
    #expect(lines.contains(#"matquay_jobs_queued{algorithm="double"} 0"#))
  }

  @Test func refusalsOfTheServerAreProblemsToo() async throws {
    let fixture = try ServiceFixture { $0.limits.body = 100 }
    let response = await fixture.execute("application/json", Array(repeating: 32, count: 101))
    #expect(response.status.code == 413)
    #expect(response.problem == "too-large")
    #expect(response.json["limit"] == 100)
    let fits = await fixture.execute("application/json", Array(repeating: 32, count: 100))
    #expect(fits.status.code == 400)
  }

  @Test(arguments: [3, 4])
  func jsonIsAsDeepAsItMayBe(depth: Int) async throws {
    let fixture = try ServiceFixture { $0.limits.jsonDepth = depth }
    // The document, inputs, and x make three.
    let flat = await fixture.execute(["inputs": ["x": [1]]])
    #expect(flat.status == .ok)
    let nested = await fixture.execute(["inputs": ["x": [[1]]]])
    #expect((nested.problem == "invalid-json") == (depth < 4), "\(nested.text)")
  }

  @Test func tensorsAreAsLargeAsTheyMayBe() async throws {
    let fixture = try ServiceFixture { $0.limits.tensorElements = 3 }
    #expect(await fixture.execute(["inputs": ["x": [1, 2, 3]]]).status == .ok)
    let past = await fixture.execute(["inputs": ["x": [1, 2, 3, 4]]])
    #expect(past.status.code == 413)
    #expect(past.problem == "too-large")
  }

  @Test func headersOfSafetensorsAreAsLongAsTheyMayBe() async throws {
    let file = Safetensors.write(["x": Tensor(shape: [1], float64: [1])])
    let header = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    for (limit, status) in [(header, 200), (header - 1, 400)] {
      let fixture = try ServiceFixture { $0.limits.safetensorsHeader = limit }
      let answer = await fixture.execute("application/vnd.safetensors", file)
      #expect(answer.status.code == status, "\(answer.text)")
    }
  }

  @Test func originsThatAreListedMayRead() async throws {
    let fixture = try ServiceFixture { $0.cors.origins = ["https://a.test"] }
    let listed = await fixture.get("/livez", [.origin: "https://a.test"])
    #expect(listed.fields[.accessControlAllowOrigin] == "https://a.test")
    let other = await fixture.get("/livez", [.origin: "https://b.test"])
    #expect(other.fields[.accessControlAllowOrigin] == nil)
    #expect(other.fields[.vary] == "Origin")
    let preflight = await fixture.client.send(
      .options, "/v1/jobs",
      fields: [.origin: "https://a.test", .accessControlRequestMethod: "POST"])
    #expect(preflight.fields[.accessControlAllowMethods]?.contains("POST") == true)
    // A browser asks with the target of the request to come.
    let queried = await fixture.client.send(
      .options, "/v1/algorithms/double/execution?mode=plain",
      fields: [.origin: "https://a.test", .accessControlRequestMethod: "POST"])
    #expect(queried.status == .noContent)
    #expect(queried.fields[.accessControlAllowOrigin] == "https://a.test")
    let off = try ServiceFixture()
    let silent = await off.get("/livez", [.origin: "https://a.test"])
    #expect(silent.fields[.accessControlAllowOrigin] == nil)
  }
}
