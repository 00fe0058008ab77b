import HTTP
import Synchronization

/// The way of a streamed body from its producer, on any thread, to the loop that sends it.
final class StreamChannel: BodyWriter {
  private struct State {
    var pending: [UInt8] = []
    var isFinished = false
    var isClosed = false
    var isNotified = false
    var ready: (@Sendable () -> Void)?
    var closed: (@Sendable () -> Void)?
  }

  /// Bytes waiting from which on a stream is `full`.
  static let highWater = 262_144

  private let state = Mutex(State())
  private let mailbox: Mailbox
  private let id: ConnectionID

  init(_ mailbox: Mailbox, _ id: ConnectionID) {
    self.mailbox = mailbox
    self.id = id
  }

  func write(_ bytes: [UInt8]) -> BodyStreamState {
    let (result, notifies) = state.withLock { state -> (BodyStreamState, Bool) in
      guard !state.isClosed, !state.isFinished else { return (.closed, false) }
      guard state.pending.count + bytes.count <= 8 * Self.highWater || state.pending.isEmpty else {
        state.isClosed = true
        return (.closed, true)
      }
      state.pending += bytes
      let notifies = !state.isNotified
      state.isNotified = true
      return (state.pending.count >= Self.highWater ? .full : .open, notifies)
    }
    if notifies { mailbox.post(.stream(id)) }
    return result
  }

  func finish() {
    let notifies = state.withLock { state in
      guard !state.isFinished, !state.isClosed else { return false }
      state.isFinished = true
      state.closed = nil
      let notifies = !state.isNotified
      state.isNotified = true
      return notifies
    }
    if notifies { mailbox.post(.stream(id)) }
  }

  func onReady(_ action: @escaping @Sendable () -> Void) {
    let now = state.withLock { state in
      guard !state.isClosed, !state.isFinished else { return false }
      if state.pending.count < Self.highWater { return true }
      state.ready = action
      return false
    }
    if now { action() }
  }

  func onClose(_ action: @escaping @Sendable () -> Void) {
    let now = state.withLock { state in
      if state.isFinished { return false }
      if state.isClosed { return true }
      state.closed = action
      return false
    }
    if now { action() }
  }

  // MARK: The loop's side

  /// What the loop finds when it looks.
  struct Taken {
    var bytes: [UInt8]
    var isFinished: Bool
    /// The producer wrote on although it was told to wait.
    var isOverrun: Bool
  }

  /// Something happened since the last `take`.
  var hasNews: Bool { state.withLock { $0.isNotified || $0.isClosed } }

  /// Takes what is waiting, which makes room again.
  func take() -> Taken {
    let (taken, ready) = state.withLock { state in
      state.isNotified = false
      let taken = Taken(
        bytes: state.pending, isFinished: state.isFinished,
        isOverrun: state.isClosed && !state.isFinished)
      state.pending = []
      let ready = state.ready
      state.ready = nil
      return (taken, ready)
    }
    ready?()
    return taken
  }

  /// The stream ends before its time.
  func abandon() {
    let closed = state.withLock { state -> (@Sendable () -> Void)? in
      state.isClosed = true
      state.pending = []
      let closed = state.isFinished ? nil : state.closed
      state.closed = nil
      state.ready = nil
      return closed
    }
    closed?()
  }
}
