import HTTP
import HTTPTypes
import JSON
import Testing

@Suite struct OpenAPITests {
  @Test func describesEveryRouteWithAUniqueName() async throws {
    let fixture = try ServiceFixture()
    let response = await fixture.get("/openapi.json")
    #expect(response.status == .ok)
    let document = response.json
    #expect(document["openapi"] == "3.1.0")
    let paths = try #require(document["paths"]?.objectValue)
    for path in [
      "/", "/openapi.json", "/v1/algorithms", "/v1/algorithms/{algorithm}",
      "/v1/algorithms/double/execution", "/v1/algorithms/double/validate", "/v1/jobs",
      "/v1/jobs/{id}", "/v1/jobs/{id}/results", "/v1/jobs/{id}/results/{name}",
      "/v1/jobs/{id}/events", "/v1/jobs/{id}/cancel", "/v1/jobs/{id}/retry", "/v1/jobs/cancel",
      "/v1/queue", "/v1/queue/pause", "/v1/blobs/{digest}", "/v1/keys", "/livez", "/readyz",
      "/healthz", "/version", "/metrics", "/problems/{name}",
    ] {
      #expect(paths.contains(path), "\(path)")
    }
    var names: Set<String> = []
    for (path, item) in paths {
      for (method, operation) in item.objectValue ?? JSONObject() {
        let name = try #require(operation["operationId"]?.stringValue)
        #expect(names.insert(name).inserted, "\(method) \(path)")
      }
    }
  }

  @Test func everyReferenceLeadsSomewhere() async throws {
    let fixture = try ServiceFixture()
    let document = await fixture.get("/openapi.json").json
    var references: [String] = []
    func walk(_ value: JSONValue) {
      for (key, member) in value.objectValue ?? JSONObject() {
        if key == "$ref", let text = member.stringValue { references.append(text) }
        walk(member)
      }
      for element in value.arrayValue ?? [] { walk(element) }
    }
    walk(document)
    #expect(references.count > 50)
    for reference in Set(references) where reference.hasPrefix("#/") {
      let pointer = try #require(JSONPointer(parsing: String(reference.dropFirst())))
      #expect(document[pointer] != nil, "\(reference)")
    }
  }

  @Test func everythingButHealthMayMeetARate() async throws {
    let document = await (try ServiceFixture()).get("/openapi.json").json
    for (path, item) in try #require(document["paths"]?.objectValue) {
      for (method, operation) in item.objectValue ?? JSONObject() {
        let isHealth = ["/livez", "/readyz", "/healthz"].contains(path)
        let reference = operation["responses"]?["429"]?["$ref"]?.stringValue
        #expect(
          reference == (isHealth ? nil : "#/components/responses/RateLimited"), "\(method) \(path)")
      }
    }
  }

  @Test func hasATag() async throws {
    let fixture = try ServiceFixture()
    let tag = try #require(await fixture.get("/openapi.json").fields[.eTag])
    let again = await fixture.get("/openapi.json", [.ifNoneMatch: tag])
    #expect(again.status == .notModified)
  }
}
