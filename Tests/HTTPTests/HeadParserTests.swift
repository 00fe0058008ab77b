import HTTP
import HTTPTypes
import Testing

@Suite struct HeadParserTests {
  private func parse(_ text: String, _ limits: HeadLimits = HeadLimits()) -> HeadParser.Outcome {
    var parser = HeadParser(limits: limits)
    return parser.parse(Array(text.utf8).span)
  }

  private func read(_ text: String, _ limits: HeadLimits = HeadLimits()) -> RequestHead? {
    if case .complete(let head, _) = parse(text, limits) { head } else { nil }
  }

  private func refusal(_ text: String, _ limits: HeadLimits = HeadLimits()) -> Refusal? {
    if case .refused(let refusal) = parse(text, limits) { refusal } else { nil }
  }

  @Test func readsEveryPartOfAHead() throws {
    let text =
      "POST /v1/a%20b?x=1&y HTTP/1.1\r\nHost: example.org:8080\r\nContent-Length: 3\r\n"
      + "X-Two: a\r\nx-two:  b \r\n\r\n"
    let head = try #require(read(text + "abc"))
    #expect(head.method == .post)
    #expect(head.target == "/v1/a%20b?x=1&y")
    #expect(head.path == "/v1/a%20b")
    #expect(head.pathSegments == ["v1", "a b"])
    #expect(head.query == "x=1&y")
    #expect(head.version == .http11)
    #expect(head.contentLength == 3)
    #expect(head.keepsAlive)
    #expect(head.fieldCount == 4)
    #expect(head.authority == "example.org:8080")
    let two = try #require(HTTPField.Name("X-Two"))
    #expect(head[two] == "a, b")
    #expect(head[values: two] == ["a", "b"])
    #expect(head.fields.count == 4)
    #expect(head.fields[.contentLength] == "3")
    if case .complete(_, let consumed) = parse(text + "abc") {
      #expect(consumed == text.utf8.count)
    }
  }

  @Test(arguments: [
    ("http://a.b", "/", nil), ("http://a.b?q", "/", "q"), ("HTTPS://a.b:1/p?", "/p", ""),
    ("http://[::1]:80/x", "/x", nil), ("/a?b?c", "/a", "b?c"), ("//x", "//x", nil),
  ])
  func splitsTargets(_ target: String, _ path: String, _ query: String?) throws {
    let head = try #require(read("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n"))
    #expect(head.path == path)
    #expect(head.query == query)
    let isAbsolute = target.contains("://")
    #expect((head.authority == "a") == !isAbsolute)
  }

  @Test(arguments: [
    "ftp://a/b", "http://", "http:///x", "http://a b/", "a/b", "*", "/%", "/%2", "/%zz", "/a#b",
    "/\u{7F}", "http://u@h/", "/é", "http://a:123456/",
  ])
  func refusesMalformedTargets(_ target: String) {
    #expect(refusal("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n") != nil)
  }

  @Test(arguments: [
    ("", true), ("a", true), ("a:80", true), ("[::1]", true), ("[::1]:8080", true), ("a:", true),
    ("a_b.c~d", true), ("a b", false), ("a/b", false), ("[::1", false), ("[]", false),
    (":80", false), ("a:8x", false), ("a:123456", false), ("a,b", true), ("a@b", false),
  ])
  func judgesHosts(_ host: String, _ isValid: Bool) {
    #expect((read("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n") != nil) == isValid)
  }

  @Test func keepsAliveAsTheVersionAndConnectionSay() {
    #expect(read("GET / HTTP/1.0\r\n\r\n")?.keepsAlive == false)
    #expect(read("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")?.keepsAlive == true)
    let both = "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: x, cLOSE\r\n\r\n"
    #expect(read(both)?.keepsAlive == false)
  }

  @Test func refusesTransferEncodingInVersion10AndUnknownOnes() {
    let line = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
    #expect(read(line + "Chunked\r\n\r\n")?.isChunked == true)
    #expect(refusal(line + "gzip, chunked\r\n\r\n") == .unknownTransferCoding)
    #expect(refusal(line + "\r\n\r\n") == .unknownTransferCoding)
    #expect(refusal(line + "chunked, chunked\r\n\r\n") == .malformedTransferEncoding)
    let old = "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"
    #expect(refusal(old) == .malformedTransferEncoding)
  }

  @Test func boundsTheRequestLineAtItsLimit() {
    let limits = HeadLimits(requestLine: 30)
    // "GET " + target + " HTTP/1.1" is 13 bytes and the target.
    let fits = "/" + String(repeating: "a", count: 16)
    #expect(read("GET \(fits) HTTP/1.1\r\nHost: a\r\n\r\n", limits) != nil)
    let past = refusal("GET \(fits)a HTTP/1.1\r\nHost: a\r\n\r\n", limits)
    #expect(past == .requestLineTooLong(limit: 30))
    // Also before its end has come.
    #expect(refusal("GET \(fits)aaaaaaaaaaaaaaaaaaaaa", limits) == .requestLineTooLong(limit: 30))
  }

  @Test func boundsTheHeadAtItsLimit() {
    let base = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n"
    let limits = HeadLimits(head: base.utf8.count + 10)
    func text(_ count: Int) -> String {
      "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "v", count: count))\r\n\r\n"
    }
    #expect(read(text(10), limits) != nil)
    #expect(refusal(text(11), limits) == .headTooLong(limit: limits.head))
    let open = String(text(40).dropLast(4))
    #expect(refusal(open, limits) == .headTooLong(limit: limits.head))
  }

  @Test func boundsTheNumberOfFieldsAtItsLimit() {
    func text(_ count: Int) -> String {
      "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: count - 1) + "\r\n"
    }
    let limits = HeadLimits(fields: 5)
    #expect(read(text(5), limits)?.fieldCount == 5)
    #expect(refusal(text(6), limits) == .tooManyFields(limit: 5))
  }

  @Test func takesExactlyTheFieldBytesOfTheStandard() {
    for byte in UInt8.min...UInt8.max where byte != 0x0A && byte != 0x0D {
      let bytes =
        Array("GET / HTTP/1.1\r\nHost: a\r\nX: a".utf8) + [byte] + Array("b\r\n\r\n".utf8)
      var parser = HeadParser()
      let outcome = parser.parse(bytes.span)
      let isLegal = byte == 9 || (byte >= 32 && byte != 127)
      if case .complete = outcome {
        #expect(isLegal, "\(byte)")
      } else {
        #expect(!isLegal, "\(byte)")
      }
    }
  }

  /// Values are read eight bytes at a time.
  @Test(arguments: [0x61, 0x20, 0x09, 0x80, 0xFF] as [UInt8])
  func judgesAByteOfAValueAlikeWhereverItStands(_ filler: UInt8) {
    let line = Array("GET / HTTP/1.1\r\nHost: a\r\nX:".utf8)
    for count in 1...26 {
      for place in 0..<count {
        for byte in [0x00, 0x08, 0x09, 0x0D, 0x1F, 0x20, 0x7E, 0x7F, 0x80, 0x9F, 0xFF] as [UInt8] {
          var value = [UInt8](repeating: filler, count: count)
          value[place] = byte
          var parser = HeadParser()
          let outcome = parser.parse((line + value + Array("\r\n\r\n".utf8)).span)
          let isLegal = if case .complete = outcome { true } else { false }
          let isAllowed = byte == 0x09 || (byte >= 0x20 && byte != 0x7F)
          if isLegal != isAllowed { Issue.record("\(byte) at \(place) of \(count)") }
        }
      }
    }
  }

  @Test func takesExactlyTheTokenBytesOfTheStandardInNames() {
    let token = Set(
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
    for byte in UInt8.min...UInt8.max where byte != 0x3A && byte != 0x0A {
      let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nX".utf8) + [byte] + Array(": b\r\n\r\n".utf8)
      var parser = HeadParser()
      let outcome = parser.parse(bytes.span)
      if case .complete = outcome {
        #expect(token.contains(byte), "\(byte)")
      } else {
        #expect(!token.contains(byte), "\(byte)")
      }
    }
  }

  @Test func makesHeadsForCallersInTheProcess() throws {
    let head = try RequestHead(
      method: .post, target: "/x?y", fields: [.accept: "a/b"], contentLength: 4)
    #expect(head[.accept] == "a/b")
    #expect(head.contentLength == 4)
    #expect(throws: Refusal.malformedTarget) { try RequestHead(method: .get, target: "x") }
  }
}
