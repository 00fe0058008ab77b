import Glibc
import HTTPClient
import Testing

private func temporaryPath() throws -> String {
  var template = Array("/tmp/matquay-client-XXXXXX".utf8CString)
  let descriptor = mkstemp(&template)
  try #require(descriptor >= 0)
  close(descriptor)
  return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
}

private func contents(_ path: String) -> String? {
  guard let file = fopen(path, "rb") else { return nil }
  defer { fclose(file) }
  var bytes = [UInt8](repeating: 0, count: 1 << 20)
  let count = fread(&bytes, 1, bytes.count, file)
  return String(decoding: bytes[..<count], as: UTF8.self)
}

private let hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: 1\r\nx-a:  2 \r\n\r\nhello"

@Suite struct BlockingClientTests {
  @Test func getsAnAnswerWithItsFields() throws {
    let server = try #require(ScriptedServer([hello]))
    let reply = try BlockingClient().send(
      ClientRequest("GET", server.address + "/a?b=c", fields: [("X-Empty", ""), ("X-B", "d e")]))
    #expect(reply.status == 200)
    #expect(reply.text == "hello")
    #expect(reply["X-A"] == "1")
    #expect(reply.fields.filter { $0.name.lowercased() == "x-a" }.map(\.value) == ["1", "2"])
    let request = try #require(server.requests.first)
    #expect(request.hasPrefix("GET /a?b=c HTTP/1.1\r\n"))
    #expect(request.contains("\r\nX-B: d e\r\n"))
    #expect(request.contains("\r\nX-Empty:\r\n"))
    #expect(!request.lowercased().contains("content-length"))
  }

  @Test(arguments: ["POST", "PUT", "DELETE"])
  func sendsBodiesAsTheyAre(method: String) throws {
    let server = try #require(ScriptedServer([hello]))
    let body = String(repeating: "0123456789", count: 200_000)
    let reply = try BlockingClient().send(
      ClientRequest(method, server.address + "/x", body: .bytes(Array(body.utf8))))
    #expect(reply.isSuccess)
    let request = try #require(server.requests.first)
    #expect(request.hasPrefix("\(method) /x HTTP/1.1\r\n"))
    #expect(request.contains("Content-Length: 2000000\r\n"))
    #expect(!request.contains("Expect:"))
    #expect(!request.contains("Content-Type:"))
    #expect(request.hasSuffix("\r\n\r\n" + body))
  }

  @Test func sendsFiles() throws {
    let server = try #require(ScriptedServer([hello]))
    let path = try temporaryPath()
    defer { unlink(path) }
    let file = try #require(fopen(path, "wb"))
    fputs("from a file", file)
    fclose(file)
    _ = try BlockingClient().send(ClientRequest("POST", server.address, body: .file(path)))
    #expect(server.requests.first?.hasSuffix("\r\n\r\nfrom a file") == true)
  }

  @Test func anEmptyBodyHasALength() throws {
    let server = try #require(ScriptedServer([hello]))
    _ = try BlockingClient().send(ClientRequest("POST", server.address, body: .bytes([])))
    #expect(server.requests.first?.contains("Content-Length: 0\r\n") == true)
  }

  @Test func aHeadRequestWaitsForNoBody() throws {
    let server = try #require(
      ScriptedServer(["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"]))
    let reply = try BlockingClient().send(ClientRequest("HEAD", server.address))
    #expect(reply.status == 200)
    #expect(reply["content-length"] == "5")
    #expect(reply.body.isEmpty)
  }

  @Test func unsuccessfulAnswersAreAnswers() throws {
    let server = try #require(
      ScriptedServer(["HTTP/1.1 422 No\r\nContent-Length: 2\r\nLocation: /y\r\n\r\n{}"]))
    let reply = try BlockingClient().send(ClientRequest("GET", server.address))
    #expect(reply.status == 422)
    #expect(!reply.isSuccess)
    #expect(reply.text == "{}")
  }

  @Test func redirectsAreNotFollowed() throws {
    let server = try #require(
      ScriptedServer([
        "HTTP/1.1 303 See\r\nContent-Length: 0\r\nLocation: http://127.0.0.1:1/\r\n\r\n"
      ]))
    #expect(try BlockingClient().send(ClientRequest("GET", server.address)).status == 303)
  }

  @Test func fieldsOfAnInterimAnswerAreLeftOut() throws {
    let server = try #require(
      ScriptedServer(["HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n" + hello]))
    let reply = try BlockingClient().send(
      ClientRequest("POST", server.address, body: .bytes([65])))
    #expect(reply.status == 200)
    #expect(reply["X-Interim"] == nil)
  }

  @Test func downloadsToAFile() throws {
    let server = try #require(ScriptedServer([hello]))
    let path = try temporaryPath()
    defer { unlink(path) }
    let reply = try BlockingClient().download(ClientRequest("GET", server.address), to: path)
    #expect(reply.status == 200)
    #expect(reply.body.isEmpty)
    #expect(contents(path) == "hello")
  }

  @Test func aRefusedDownloadLeavesTheFileAlone() throws {
    let server = try #require(
      ScriptedServer(["HTTP/1.1 404 No\r\nContent-Length: 4\r\n\r\ngone"]))
    let path = try temporaryPath()
    unlink(path)
    let reply = try BlockingClient().download(ClientRequest("GET", server.address), to: path)
    #expect(reply.status == 404)
    #expect(reply.text == "gone")
    #expect(contents(path) == nil)
  }

  @Test func anEmptyDownloadMakesAnEmptyFile() throws {
    let server = try #require(ScriptedServer(["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]))
    let path = try temporaryPath()
    unlink(path)
    _ = try BlockingClient().download(ClientRequest("GET", server.address), to: path)
    defer { unlink(path) }
    #expect(contents(path) == "")
  }

  @Test func speaksOverAUnixSocket() throws {
    let path = try temporaryPath()
    unlink(path)
    let server = try #require(ScriptedServer(unixSocket: path, [hello]))
    defer { unlink(path) }
    let reply = try BlockingClient().send(
      ClientRequest("GET", server.address + "/livez", unixSocket: path))
    #expect(reply.text == "hello")
  }

  @Test func theLimitOfAnAnswerHoldsAtItsBytes() throws {
    let server = try #require(ScriptedServer([hello, hello]))
    let client = BlockingClient()
    #expect(
      try client.send(ClientRequest("GET", server.address, maximumBody: 5)).text == "hello")
    #expect(throws: HTTPClientError.tooLarge(limit: 4)) {
      try client.send(ClientRequest("GET", server.address, maximumBody: 4))
    }
  }

  @Test func aReceiverMayStop() throws {
    let server = try #require(ScriptedServer([hello]))
    #expect(throws: HTTPClientError.stopped) {
      _ = try BlockingClient().receive(ClientRequest("GET", server.address)) { _ in false }
    }
  }

  @Test func aCutAnswerIsAnError() throws {
    let server = try #require(
      ScriptedServer(["HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"]))
    #expect(throws: HTTPClientError.self) {
      try BlockingClient().send(ClientRequest("GET", server.address))
    }
  }

  @Test(arguments: ["ftp://127.0.0.1/", "127.0.0.1:80", "file:///etc/hosts", ""])
  func otherSchemesAreRefused(url: String) {
    #expect(throws: HTTPClientError.badURL(url)) {
      try BlockingClient().send(ClientRequest("GET", url))
    }
  }

  @Test func nobodyThereIsAnErrorOfItsOwn() {
    // Port 1 (tcpmux) is served by nothing.
    do throws(HTTPClientError) {
      _ = try BlockingClient().send(
        ClientRequest("GET", "http://127.0.0.1:1/", connectTimeout: .seconds(2)))
      Issue.record("somebody answered on port 1")
    } catch {
      guard case .cannotConnect = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  @Test func fieldsCannotSmuggleLines() {
    #expect(throws: HTTPClientError.badField("X-A")) {
      try BlockingClient().send(
        ClientRequest("GET", "http://127.0.0.1:1/", fields: [("X-A", "1\r\nX-B: 2")]))
    }
  }

  @Test func aMissingBodyFileIsNamed() {
    #expect(throws: HTTPClientError.file(path: "/nowhere", reason: "No such file or directory")) {
      try BlockingClient().send(
        ClientRequest("POST", "http://127.0.0.1:1/", body: .file("/nowhere")))
    }
  }
}
