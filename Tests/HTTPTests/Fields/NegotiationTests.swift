import HTTP
import Testing

@Suite struct NegotiationTests {
  private func types(_ names: [String]) -> [MediaType] { names.compactMap { MediaType($0) } }

  @Test(arguments: [
    ("text/html", "text/html"), ("Text/HTML; Charset=\"utf-8\"", "text/html;charset=utf-8"),
    ("multipart/form-data; boundary=\"a b\"", "multipart/form-data;boundary=\"a b\""),
    (" a/b ; x=y ", "a/b;x=y"), ("a/b;", "a/b"),
  ])
  func readsMediaTypes(_ text: String, _ expected: String) {
    #expect(MediaType(text)?.description == expected)
  }

  @Test(arguments: [
    "", "a", "a/", "/b", "a/b x", "a/b;x", "a/b;x=", "a/b;x=\"y", "a b/c", "a/b,c/d",
  ])
  func refusesMalformedMediaTypes(_ text: String) {
    #expect(MediaType(text) == nil)
  }

  @Test(arguments: [
    (String?.none, String?("application/json")), ("*/*", "application/json"),
    ("application/x-npy", nil),
    ("application/x-npz", "application/x-npz"), ("application/*;q=0.1", "application/json"),
    ("application/json;q=0.5, application/x-npz;q=0.6", "application/x-npz"),
    ("application/*, application/json;q=0", "application/x-npz"), ("text/html", nil),
    ("application/json;q=0", nil), ("garbage, application/x-npz", "application/x-npz"),
    ("application/json;q=2, application/x-npz;q=0.001", "application/x-npz"),
    ("application/json;version=2", nil),
    ("*/*;q=0.1, application/x-npz;q=0.10", "application/json"),
  ])
  func choosesByAccept(_ field: String?, _ expected: String?) {
    let best = Accept(field).best(of: types(["application/json", "application/x-npz"]))
    #expect(best?.essence == expected)
  }

  @Test(arguments: [
    (String?.none, ContentCoding.identity), ("", .identity), ("gzip", .gzip), ("deflate", .deflate),
    ("gzip, deflate", .gzip), ("gzip;q=0.5, deflate;q=0.8", .deflate), ("gzip;q=0", .identity),
    ("*", .gzip), ("*;q=0", .identity), ("identity;q=1, gzip;q=0.5", .identity), ("br", .identity),
    ("x-gzip", .gzip), ("gzip;q=0, *", .deflate), ("GZIP ; q=1.000", .gzip),
    ("gzip;q=x", .identity),
  ])
  func choosesACodingByAcceptEncoding(_ field: String?, _ expected: ContentCoding) {
    #expect(ContentCoding.preferred(acceptEncoding: field) == expected)
  }

  @Test(arguments: [
    (String?.none, [ContentCoding]?([])), ("identity", []), ("gzip", [ContentCoding.gzip]),
    ("Deflate , X-GZIP", [.deflate, .gzip]),
    ("br", nil), ("gzip, br", nil),
  ])
  func readsContentEncoding(_ field: String?, _ expected: [ContentCoding]?) {
    #expect(ContentCoding.applied(field) == expected)
  }

  @Test(arguments: [
    ("respond-async", true, nil), ("wait=10", false, 10), ("respond-async, wait=5", true, 5),
    ("Wait = \"7\"; x=y , Respond-Async;a", true, 7), ("wait=5, wait=9", false, 5),
    ("wait=-1", false, nil), ("wait=1e3", false, nil), ("wait", false, nil), ("", false, nil),
    ("wait=99999999999", false, nil), ("=bad, respond-async", true, nil),
  ])
  func readsPreferences(_ field: String, _ isAsync: Bool, _ wait: Int?) {
    let preferences = Preferences(field)
    #expect(preferences.respondsAsync == isAsync)
    #expect(preferences.wait == wait)
  }

  @Test func readsQueryItems() throws {
    let items = try #require(QueryItems("a=1&b=x%20y+z&a=%5B1%2C2%5D&c&&d=e=f"))
    #expect(items.items.map(\.name) == ["a", "b", "a", "c", "d"])
    #expect(items["b"] == "x y z")
    #expect(items[all: "a"] == ["1", "[1,2]"])
    #expect(items["c"] == "")
    #expect(items["d"] == "e=f")
    #expect(items["e"] == nil)
    #expect(QueryItems("a=%4") == nil)
    #expect(QueryItems("a=%FF") == nil)
    #expect(QueryItems(nil)?.items.isEmpty == true)
  }

  @Test func encodesWhatItDecodes() {
    let text = "a b/ü+&=%~"
    let encoded = PercentEncoding.encode(text)
    #expect(encoded == "a%20b%2F%C3%BC%2B%26%3D%25~")
    #expect(PercentEncoding.decode(Array(encoded.utf8), plusIsSpace: true) == text)
  }
}
