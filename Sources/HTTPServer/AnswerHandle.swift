import HTTP
import HTTPTypes
import Synchronization

/// A whole request on its way to its one answer: runs the handler's closure on a request thread
/// and takes the response to the loop's mailbox.
///
/// One object for all of it, because a small request costs little more than its allocations.
final class AnswerHandle: Responder {
  /// What a request thread needs beside the request; nil where the loop answers through the handle.
  struct Task: Sendable {
    let body: BodyBytes
    let coding: ContentCoding
    let decodedLimit: Int
    let action: @Sendable (Request, any Responder) -> Void
  }

  /// Bits of `state`.
  private enum Flag {
    /// The one answer was given.
    static let answered: UInt8 = 1
    /// The closure has not returned: the request thread sees to waking the loop.
    static let running: UInt8 = 2
    /// An answer lies in the mailbox, and its loop has not been woken for it.
    static let unannounced: UInt8 = 4
  }

  private let state: Atomic<UInt8>
  private let port: LoopPort
  private let id: ConnectionID
  private let head: RequestHead
  private let peer: Peer
  private let task: Task?

  init(_ port: LoopPort, _ id: ConnectionID, _ head: RequestHead, _ peer: Peer, _ task: Task?) {
    self.port = port
    self.id = id
    self.head = head
    self.peer = peer
    self.task = task
    state = Atomic(task == nil ? 0 : Flag.running)
  }

  deinit {
    if state.load(ordering: .acquiring) & Flag.answered == 0 {
      port.mailbox.post(.refuse(id, .unanswered))
    }
  }

  /// Decodes the body and runs the handler's closure: the work of a request thread.
  func run(_ context: inout WorkContext) {
    guard let task else { return }
    if !context.isTaken {
      refuse(.overloaded)
    } else {
      do throws(Refusal) {
        let body = try ContentDecoder.decode(
          task.body, task.coding, limit: task.decodedLimit, ratio: port.decodingRatio,
          memory: port.memory)
        let request = Request(
          head: head, body: body, peer: peer, receivedByteCount: task.body.count)
        task.action(request, self)
      } catch {
        refuse(error)
      }
    }
    let old = state.bitwiseAnd(~Flag.running, ordering: .acquiringAndReleasing).oldValue
    if old & Flag.unannounced != 0 { context.wakesLater(port.mailbox) }
  }

  func respond(_ response: Response) {
    guard claims() else { return }
    guard response.isCompressible else { return deliver(response) }
    port.coder.code(response, for: head) { self.deliver($0) }
  }

  private func deliver(_ response: Response) {
    guard case .stream(let stream) = response.body, !head.isHead else {
      return post(.answer(id, response, nil))
    }
    let channel = StreamChannel(port.mailbox, id)
    post(.answer(id, response, channel))
    stream.start(channel)
  }

  /// The server refuses the request after all.
  private func refuse(_ refusal: Refusal) {
    guard claims() else { return }
    post(.refuse(id, refusal))
  }

  func onDisconnect(_ action: @escaping @Sendable () -> Void) {
    guard state.load(ordering: .acquiring) & Flag.answered == 0 else { return }
    port.mailbox.post(.watch(id, action))
  }

  /// While the closure runs the loop is woken by its thread, for a batch of answers at once.
  private func post(_ message: LoopMessage) {
    port.mailbox.leave(message)
    let isLater = state.compareExchange(
      expected: Flag.answered | Flag.running,
      desired: Flag.answered | Flag.running | Flag.unannounced, ordering: .acquiringAndReleasing
    ).exchanged
    if !isLater { port.mailbox.wake() }
  }

  private func claims() -> Bool {
    let old = state.bitwiseOr(Flag.answered, ordering: .acquiringAndReleasing).oldValue
    return old & Flag.answered == 0
  }
}
