/// What request threads need of a loop: one object, so that a request holds one reference.
final class LoopPort: Sendable {
  let mailbox: Mailbox
  let coder: ResponseCoder
  let memory: BodyMemory
  /// Growth by decoding beyond the first megabyte.
  let decodingRatio: Int

  init(_ mailbox: Mailbox, _ coder: ResponseCoder, _ memory: BodyMemory, decodingRatio: Int) {
    self.mailbox = mailbox
    self.coder = coder
    self.memory = memory
    self.decodingRatio = decodingRatio
  }
}
