import CSystem
import Glibc
import HTTP
import Synchronization

/// What other threads tell a loop.
enum LoopMessage: Sendable {
  /// The answer of a connection's request is there to be taken.
  case answer(AnswerHandle)
  /// The content of a request could not be decoded.
  case refuse(ConnectionID, Refusal)
  /// Tell this action when the client goes away.
  case watch(AnswerHandle, @Sendable () -> Void)
  /// A stream has bytes, ended or was given up.
  case stream(ConnectionID)
  /// Stop accepting, finish what runs, close what is idle; the loop ends when nothing is left.
  case drain
  /// Close everything and end.
  case stop
}

/// The only way into a loop: messages under a lock, and an eventfd that wakes it.
///
/// Many messages cost one wake-up: only the first one after the loop went to sleep writes to the
/// eventfd. The eventfd is watched edge-triggered, so it is never read.
final class Mailbox: Sendable {
  private struct State {
    var messages: [LoopMessage] = []
    var isSleeping = false
    var isClosed = false
  }

  private let state = Mutex(State())
  let descriptor: Int32

  init() throws(ServerError) {
    descriptor = csystem_eventfd_create()
    guard descriptor >= 0 else {
      throw .system(call: "eventfd", errorNumber: errno, address: "loop")
    }
  }

  deinit { Glibc.close(descriptor) }

  /// Leaves a message and wakes the loop where it sleeps. Where the loop has ended nobody takes
  /// it, and whoever waits learns so.
  func post(_ message: LoopMessage) {
    leave(message)
    wake()
  }

  /// Leaves a message for a loop that is awake, or that `wake` is called for soon.
  func leave(_ message: LoopMessage) {
    let isTaken = state.withLock { state in
      guard !state.isClosed else { return false }
      state.messages.append(message)
      return true
    }
    if !isTaken { Self.drop(message) }
  }

  /// Wakes the loop where it sleeps although there are messages.
  func wake() {
    let wakes = state.withLock { state in
      guard state.isSleeping, !state.messages.isEmpty else { return false }
      state.isSleeping = false
      return true
    }
    if wakes { csystem_eventfd_signal(descriptor) }
  }

  /// Takes all messages; `taken` gives its memory for the next ones.
  func take(into taken: inout [LoopMessage]) {
    state.withLock { state in
      state.isSleeping = false
      swap(&state.messages, &taken)
    }
  }

  /// The loop is about to wait: true when there is nothing to do first.
  func sleeps() -> Bool {
    state.withLock { state in
      guard state.messages.isEmpty else { return false }
      state.isSleeping = true
      return true
    }
  }

  /// The loop ends: nothing is taken from now on.
  func close() {
    let dropped = state.withLock { state in
      state.isClosed = true
      let dropped = state.messages
      state.messages = []
      return dropped
    }
    for message in dropped { Self.drop(message) }
  }

  /// Tells those behind a message that its connection is gone; outside the lock.
  private static func drop(_ message: LoopMessage) {
    switch message {
    case .watch(let handle, let action): if !handle.isAnswered { action() }
    case .answer(let handle): handle.takeAnswer()?.channel?.abandon()
    default: break
    }
  }
}
