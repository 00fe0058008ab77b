import HTTP
import HTTPTypes
import Synchronization

/// The way of one request's answer: the handler gives it here, on any thread, and the loop takes it
/// when it finds the handle in its mailbox, or when the closure returns that its own thread has run.
final class AnswerHandle: Responder {
  /// What the loop takes: a response, and the way in for a body that is a stream.
  struct Answer: Sendable {
    let response: Response
    let channel: StreamChannel?
  }

  /// Bits of `state`.
  private enum Flag {
    /// The one answer was given.
    static let answered: UInt8 = 1
    /// The closure has not returned: the request thread sees to waking the loop.
    static let running: UInt8 = 2
    /// An answer lies in the mailbox, and its loop has not been woken for it; with `here` it lies in
    /// this object alone.
    static let unannounced: UInt8 = 4
    /// The thread that leads the loop runs the closure, and looks for the answer behind it.
    static let here: UInt8 = 8
  }

  private let state: Atomic<UInt8>
  /// Invariant of `nonisolated(unsafe)`: written once, by whoever has claimed the one answer, before
  /// `state` or the mailbox tells of it; from then on it is the loop's leader's, who has heard of it
  /// there and takes it out, or whoever drops the message of a loop that has ended. (A lock, taken
  /// twice, was a hundredth of a small request's instructions.)
  @exclusivity(unchecked) nonisolated(unsafe) private var answer: Answer?
  let port: LoopPort
  /// The connection that waits.
  let id: ConnectionID
  private let head: RequestHead

  /// - Parameter isRunning: the handler's closure is going to be run through this handle.
  init(_ port: LoopPort, _ id: ConnectionID, _ head: RequestHead, isRunning: Bool) {
    self.port = port
    self.id = id
    self.head = head
    state = Atomic(isRunning ? Flag.running : 0)
  }

  deinit {
    if state.load(ordering: .acquiring) & Flag.answered == 0 {
      port.mailbox.post(.refuse(id, .unanswered))
    }
  }

  /// The handler's closure has returned: from now on an answer wakes the loop by itself.
  func actionEnded(_ context: inout WorkContext) {
    let old = state.bitwiseAnd(~Flag.running, ordering: .acquiringAndReleasing).oldValue
    if old & Flag.unannounced != 0 { context.wakesLater(port.mailbox) }
  }

  /// The thread that leads the loop is about to run the closure; nobody else knows this object yet.
  func staysHere() {
    state.store(Flag.running | Flag.here, ordering: .relaxed)
  }

  /// The closure that stayed here stays no longer. True where it has answered: the answer is the
  /// caller's to take, or to `announce`.
  func hasAnswered() -> Bool {
    let flags = Flag.running | Flag.here | Flag.unannounced
    let old = state.bitwiseAnd(~flags, ordering: .acquiringAndReleasing).oldValue
    return old & Flag.unannounced != 0
  }

  /// Another thread leads the loop, and the closure goes on: what it has answered or will answer
  /// must not wait for its end.
  func losesItsLoop() {
    if hasAnswered() { announce() }
  }

  /// The one answer was given.
  var isAnswered: Bool { state.load(ordering: .acquiring) & Flag.answered != 0 }

  /// Tells the loop of an answer that it has not been told of.
  func announce() {
    port.mailbox.post(.answer(self))
  }

  func respond(_ response: Response) {
    guard claims() else { return }
    guard response.isCompressible else { return deliver(response) }
    port.coder.code(response, for: head) { self.deliver($0) }
  }

  private func deliver(_ response: Response) {
    guard case .stream(let stream) = response.body, !head.isHead else {
      return post(response, nil)
    }
    let channel = StreamChannel(port.mailbox, id)
    post(response, channel)
    stream.start(channel)
  }

  /// The message is a reference to this object: messages are copied, moved and destroyed a few
  /// times each, and a response is twenty words.
  private func post(_ response: Response, _ channel: StreamChannel?) {
    answer = Answer(response: response, channel: channel)
    let isFoundHere = state.compareExchange(
      expected: Flag.answered | Flag.running | Flag.here,
      desired: Flag.answered | Flag.running | Flag.here | Flag.unannounced,
      ordering: .acquiringAndReleasing
    ).exchanged
    if !isFoundHere { post(.answer(self)) }
  }

  /// The answer, once; nil afterwards.
  func takeAnswer() -> Answer? {
    answer.take()
  }

  /// The server refuses the request after all.
  func refuse(_ refusal: Refusal) {
    guard claims() else { return }
    post(.refuse(id, refusal))
  }

  func onDisconnect(_ action: @escaping @Sendable () -> Void) {
    if !isAnswered { port.mailbox.post(.watch(self, action)) }
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
