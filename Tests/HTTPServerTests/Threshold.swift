import Dispatch
import HTTP

/// Where the loop itself is held up.
final class Threshold: Sendable {
  let reached = Signal<Bool>()
  private let semaphore = DispatchSemaphore(value: 0)

  func open() { semaphore.signal() }

  func pass() {
    reached.send(true)
    semaphore.wait()
  }
}

/// `/threshold` holds the loop up, `/held` its closure's thread, `/short` and `/now`
/// (which has no closure) nobody.
struct ThresholdHandler: RequestHandler {
  let threshold: Threshold
  let gate: Gate

  init(_ threshold: Threshold, then gate: Gate) {
    self.threshold = threshold
    self.gate = gate
  }

  func begin(_ head: RequestHead, from peer: Peer) -> Disposition {
    switch head.path {
    case "/held": return gate.begin(head, from: peer)
    case "/now": return .respond(TestHandler.text("now"))
    case "/threshold":
      threshold.pass()
      return .respond(TestHandler.text("threshold"))
    default: return .collect(limit: 100) { $1.respond(TestHandler.text("short")) }
    }
  }
}
