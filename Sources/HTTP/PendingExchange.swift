import HTTPTypes
import Synchronization

/// A request in flight through `MemoryExchange`.
public final class PendingExchange: BodyWriter {
  private struct State {
    var isGone = false
    var response: Response?
    var body: [UInt8] = []
    var hasEnded = false
    /// Those who wait may be told: `hasEnded`, and the handler has heard of it.
    var isOver = false
    var isComplete = false
    var disconnect: (@Sendable () -> Void)?
    var closed: (@Sendable () -> Void)?
    var waiters: [CheckedContinuation<CollectedResponse, Never>] = []
    var bodyWaiters: [(count: Int, CheckedContinuation<[UInt8], Never>)] = []
    var log: (head: RequestHead, peer: Peer, received: Int, handler: any RequestHandler)?
  }

  private let state = Mutex(State())
  private let isHead: Bool
  private let started = ContinuousClock.now

  init(isHead: Bool) {
    self.isHead = isHead
  }

  func note(_ head: RequestHead, _ peer: Peer, received: Int, _ handler: any RequestHandler) {
    state.withLock { $0.log = (head, peer, received, handler) }
  }

  /// The answer, once its body is whole.
  public func response() async -> CollectedResponse {
    await withCheckedContinuation { continuation in
      let ready = state.withLock { state -> CollectedResponse? in
        if state.isOver { return collected(state) }
        state.waiters.append(continuation)
        return nil
      }
      if let ready { continuation.resume(returning: ready) }
    }
  }

  /// The first `count` bytes of the body (fewer when it ends before): for streams that go on.
  public func body(first count: Int) async -> [UInt8] {
    await withCheckedContinuation { continuation in
      let ready = state.withLock { state -> [UInt8]? in
        if state.isOver || state.body.count >= count { return Array(state.body.prefix(count)) }
        state.bodyWaiters.append((count, continuation))
        return nil
      }
      if let ready { continuation.resume(returning: ready) }
    }
  }

  /// The client hangs up: what is still to come is dropped.
  public func disconnect() {
    let (disconnect, closed) = state.withLock { state in
      state.isGone = true
      let actions = (state.response == nil ? state.disconnect : nil, state.closed)
      state.disconnect = nil
      state.closed = nil
      return actions
    }
    disconnect?()
    closed?()
    end(complete: false)
  }

  /// Takes the answer; the first one counts.
  func respond(_ response: Response) {
    let first = state.withLock { state in
      guard state.response == nil, !state.isGone else { return false }
      state.response = response
      state.disconnect = nil
      return true
    }
    guard first else { return }
    let hasBody = !isHead && response.status.code != 204 && response.status.code != 304
    switch response.body {
    case .stream(let stream) where hasBody:
      stream.start(self)
      return
    case .bytes(let bytes) where hasBody: write(bytes)
    case .shared(let owner) where hasBody:
      var bytes: [UInt8] = []
      owner.withBytes { bytes = Array($0) }
      write(bytes)
    case .file(let region) where hasBody: write(region.contents())
    case .prefixed(let bytes, let region) where hasBody: write(bytes + region.contents())
    default: break
    }
    end(complete: true)
  }

  var isAnswered: Bool { state.withLock { $0.response != nil || $0.isGone } }

  /// Keeps `action` for `disconnect()`.
  func onDisconnect(_ action: @escaping @Sendable () -> Void) {
    let now = state.withLock { state in
      if state.response != nil { return false }
      if state.isGone { return true }
      state.disconnect = action
      return false
    }
    if now { action() }
  }

  /// Adds bytes to the collected body.
  @discardableResult public func write(_ bytes: [UInt8]) -> BodyStreamState {
    let ready = state.withLock { state -> [(CheckedContinuation<[UInt8], Never>, [UInt8])]? in
      if state.hasEnded || state.isGone { return nil }
      state.body += bytes
      let count = state.body.count
      let ready = state.bodyWaiters.filter { $0.count <= count }
      state.bodyWaiters.removeAll { $0.count <= count }
      return ready.map { ($0.1, Array(state.body.prefix($0.count))) }
    }
    guard let ready else { return .closed }
    for (waiter, bytes) in ready { waiter.resume(returning: bytes) }
    return .open
  }

  /// The body is whole.
  public func finish() { end(complete: true) }

  /// There is always room.
  public func onReady(_ action: @escaping @Sendable () -> Void) {
    if !state.withLock({ $0.isOver || $0.isGone }) { action() }
  }

  /// Keeps `action` for `disconnect()`.
  public func onClose(_ action: @escaping @Sendable () -> Void) {
    let now = state.withLock { state in
      if state.isComplete { return false }
      if state.isGone || state.isOver { return true }
      state.closed = action
      return false
    }
    if now { action() }
  }

  /// The handler hears of the end before those who wait for the answer do, so that they find it
  /// counted.
  private func end(complete: Bool) {
    let (result, log, note) = state.withLock { state in
      if !state.hasEnded {
        state.hasEnded = true
        state.isComplete = complete
      }
      let out = (collected(state), state.log, state.response?.note)
      state.log = nil
      return out
    }
    if let log {
      log.handler.finished(
        FinishedExchange(
          head: log.head, peer: log.peer, status: result.status, fields: result.fields,
          receivedBytes: log.received, sentBytes: result.body.count,
          duration: ContinuousClock.now - started, isComplete: result.isComplete, note: note))
    }
    let (waiters, bodyWaiters) = state.withLock { state in
      state.isOver = true
      let out = (state.waiters, state.bodyWaiters)
      state.waiters = []
      state.bodyWaiters = []
      state.closed = nil
      return out
    }
    for waiter in waiters { waiter.resume(returning: result) }
    for waiter in bodyWaiters { waiter.1.resume(returning: result.body) }
  }

  private func collected(_ state: State) -> CollectedResponse {
    guard let response = state.response else {
      return CollectedResponse(
        status: .init(code: 0), fields: HTTPFields(), body: [], isComplete: false,
        closesConnection: true)
    }
    var fields = response.fields
    if let count = response.body.count, response.status.code != 204 {
      fields[.contentLength] = String(count)
    }
    return CollectedResponse(
      status: response.status, fields: fields, body: state.body, isComplete: state.isComplete,
      closesConnection: response.closesConnection)
  }
}

/// What a handler's closure gets: dropping it without an answer is an answer of its own.
final class MemoryResponder: Responder {
  private let pending: PendingExchange
  private let unanswered: @Sendable () -> Response

  init(_ pending: PendingExchange, unanswered: @escaping @Sendable () -> Response) {
    self.pending = pending
    self.unanswered = unanswered
  }

  deinit {
    if !pending.isAnswered { pending.respond(unanswered()) }
  }

  func respond(_ response: Response) { pending.respond(response) }

  func onDisconnect(_ action: @escaping @Sendable () -> Void) { pending.onDisconnect(action) }
}
