import Dispatch
import HTTP

/// Holds the request thread of every request until it is opened.
final class Gate: RequestHandler {
  let entered = Signal<Bool>()
  private let semaphore = DispatchSemaphore(value: 0)

  func open() {
    for _ in 0..<16 { semaphore.signal() }
  }

  func begin(_ head: RequestHead, from peer: Peer) -> Disposition {
    .collect(limit: 100) { [self] _, responder in
      entered.send(true)
      semaphore.wait()
      responder.respond(TestHandler.text("passed"))
    }
  }
}
