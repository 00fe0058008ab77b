import HTTP
import HTTPTypes
import Testing

private struct Echo: RequestHandler {
  func begin(_ head: RequestHead, from peer: Peer) -> Disposition {
    switch head.path {
    case "/echo":
      .collect(limit: 4) { request, responder in
        responder.respond(Response(status: .ok, body: .bytes(request.body.copied())))
        responder.respond(Response(status: .conflict))
      }
    case "/drop": .collect(limit: 4) { _, _ in }
    case "/stream":
      .respond(
        Response(
          status: .ok,
          body: .stream(
            BodyStream { writer in
              writer.write([1, 2])
              writer.write([3])
              writer.finish()
            })))
    default: .respond(Response(status: .notFound))
    }
  }
}

@Suite struct MemoryExchangeTests {
  private let exchange = MemoryExchange(Echo())

  @Test func collectsTheAnswer() async {
    let response = await exchange.send(.post, "/echo", body: [1, 2, 3, 4])
    #expect(response.status == .ok)
    #expect(response.body == [1, 2, 3, 4])
    #expect(response.fields[.contentLength] == "4")
    #expect(await exchange.send(.get, "/x").status == .notFound)
  }

  @Test func refusesAsAServerWould() async {
    #expect(await exchange.send(.post, "/echo", body: [1, 2, 3, 4, 5]).status == .contentTooLarge)
    #expect(await exchange.send(.get, "nowhere").status == .badRequest)
    #expect(await exchange.send(.post, "/drop").status == .internalServerError)
  }

  @Test func collectsStreams() async {
    let response = await exchange.send(.get, "/stream")
    #expect(response.body == [1, 2, 3])
    #expect(response.isComplete)
    #expect(await exchange.send(.head, "/stream").body.isEmpty)
  }
}
