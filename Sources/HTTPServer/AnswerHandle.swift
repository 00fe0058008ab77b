import HTTP
import HTTPTypes
import Synchronization

/// What a handler's closure answers with: takes one response to the loop's mailbox.
final class AnswerHandle: Responder {
  private let isAnswered = Atomic<Bool>(false)
  private let mailbox: Mailbox
  private let id: ConnectionID
  private let head: RequestHead
  private let coder: ResponseCoder

  init(_ mailbox: Mailbox, _ id: ConnectionID, _ head: RequestHead, _ coder: ResponseCoder) {
    self.mailbox = mailbox
    self.id = id
    self.head = head
    self.coder = coder
  }

  deinit {
    if !isAnswered.load(ordering: .acquiring) { mailbox.post(.refuse(id, .unanswered)) }
  }

  func respond(_ response: Response) {
    guard claims() else { return }
    coder.code(response, for: head) { [mailbox, id] response in
      guard case .stream(let stream) = response.body, self.head.method != .head else {
        mailbox.post(.answer(id, response, nil))
        return
      }
      let channel = StreamChannel(mailbox, id)
      mailbox.post(.answer(id, response, channel))
      stream.start(channel)
    }
  }

  /// The server refuses the request after all.
  func refuse(_ refusal: Refusal) {
    guard claims() else { return }
    mailbox.post(.refuse(id, refusal))
  }

  func onDisconnect(_ action: @escaping @Sendable () -> Void) {
    guard !isAnswered.load(ordering: .acquiring) else { return }
    mailbox.post(.watch(id, action))
  }

  private func claims() -> Bool {
    isAnswered.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing)
      .exchanged
  }
}
