import HTTP
import HTTPTypes
import Service
import Synchronization

/// Keeps what a handler does with a request; `answered` is called with each answer.
final class RecordingResponder: Responder {
  private let answered: @Sendable (Response) -> Void
  private let state = Mutex<(responses: [Response], disconnect: (@Sendable () -> Void)?)>(
    (responses: [], disconnect: nil))

  init(answered: @escaping @Sendable (Response) -> Void = { _ in }) {
    self.answered = answered
  }

  var responses: [Response] { state.withLock { $0.responses } }

  func respond(_ response: Response) {
    answered(response)
    state.withLock { $0.responses.append(response) }
  }

  func onDisconnect(_ action: @escaping @Sendable () -> Void) {
    state.withLock { $0.disconnect = action }
  }

  /// The client has closed its sending side.
  func disconnect() {
    state.withLock { $0.disconnect.take() }?()
  }
}

extension ServiceFixture {
  /// Runs a request through `responder`; false where the service answers it from its head alone.
  func begin(_ head: RequestHead, body: [UInt8] = [], _ responder: RecordingResponder) -> Bool {
    guard case .collect(_, _, let run) = service.begin(head, from: Peer()) else { return false }
    run(Request(head: head, body: BodyBytes(body), peer: Peer()), responder)
    return true
  }
}
