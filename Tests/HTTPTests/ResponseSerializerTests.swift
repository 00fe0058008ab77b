import HTTP
import HTTPTypes
import Testing

@Suite struct ResponseSerializerTests {
  private func text(
    _ response: Response, _ framing: ResponseSerializer.Framing, keepsAlive: Bool = true,
    version: ProtocolVersion = .http11
  ) -> String {
    var out: [UInt8] = []
    ResponseSerializer.appendHead(
      of: response, framing: framing, keepsAlive: keepsAlive, version: version,
      date: Array("D".utf8), to: &out)
    return String(decoding: out, as: UTF8.self)
  }

  @Test func writesFieldsInOrderAndItsOwn() {
    let response = Response(status: .notFound, fields: [.contentType: "a/b", .eTag: "\"x\""])
    #expect(
      text(response, .length(3))
        == "HTTP/1.1 404 Not Found\r\nDate: D\r\nContent-Type: a/b\r\nETag: \"x\"\r\n"
        + "Content-Length: 3\r\n\r\n")
    #expect(
      text(response, .chunked, keepsAlive: false).hasSuffix(
        "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"))
    #expect(
      text(Response(status: .ok), .length(0), version: .http10).hasSuffix(
        "Connection: keep-alive\r\n\r\n"))
    #expect(
      text(Response(status: .noContent), .bodiless) == "HTTP/1.1 204 No Content\r\nDate: D\r\n\r\n")
  }

  @Test func writesHeadsOfEveryLengthWhole() {
    // Every length around the room that is tried first, and some for which it doubles twice.
    for length in Array(600...800) + [1_500, 1_600, 3_000, 70_000] {
      let value = String(repeating: "v", count: length)
      let response = Response(status: .ok, fields: [.location: value, .contentType: "a/b"])
      #expect(
        text(response, .length(12_345), keepsAlive: false)
          == "HTTP/1.1 200 OK\r\nDate: D\r\nLocation: \(value)\r\nContent-Type: a/b\r\n"
          + "Content-Length: 12345\r\nConnection: close\r\n\r\n", "\(length)")
    }
  }

  @Test func dropsFieldsThatAreTheServersAlone() {
    let response = Response(
      status: .ok,
      fields: [
        .contentLength: "9", .connection: "close", .date: "x", .transferEncoding: "gzip",
        .contentType: "a/b",
      ])
    #expect(
      text(response, .length(1))
        == "HTTP/1.1 200 OK\r\nDate: D\r\nContent-Type: a/b\r\nContent-Length: 1\r\n\r\n")
  }

  @Test func cannotBeSplitByAFieldValue() {
    let response = Response(status: .ok, fields: [.location: "/x\r\nSet-Cookie: a=b"])
    #expect(!text(response, .length(0)).contains("\r\nSet-Cookie"))
  }

  @Test func givesACodeItsWords() {
    for (code, words) in [(422, "Unprocessable Content"), (413, "Content Too Large"), (599, "")] {
      let line = text(Response(status: .init(code: code)), .length(0)).prefix { $0 != "\r\n" }
      #expect(line == "HTTP/1.1 \(code) \(words)")
    }
    let own = Response(status: .init(code: 422, reasonPhrase: "Own Words"))
    #expect(text(own, .length(0)).hasPrefix("HTTP/1.1 422 Own Words\r\n"))
  }
}
