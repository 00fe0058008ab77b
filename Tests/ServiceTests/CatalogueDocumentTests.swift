import HTTP
import JSON
import Testing

@Suite struct CatalogueDocumentTests {
  /// The product's own algorithms: their trees are recursive.
  @Test func theProductsDocumentRefersToComponentsOnly() async throws {
    let fixture = try ServiceFixture(isProduct: true)
    let text = await fixture.get("/openapi.json").text
    #expect(!text.contains("\"$anchor\""))
    let document = try JSONValue.parse(text)
    var count = 0
    func walk(_ value: JSONValue) throws {
      for (key, member) in value.objectValue ?? JSONObject() {
        if key == "$ref", let reference = member.stringValue {
          count += 1
          let pointer = try #require(JSONPointer(parsing: String(reference.dropFirst())))
          #expect(document[pointer] != nil, "\(reference)")
        }
        try walk(member)
      }
      for element in value.arrayValue ?? [] { try walk(element) }
    }
    try walk(document)
    #expect(count > 100)
  }
}
