import HTTP

/// A whole request and what is to be done with it on a request thread.
///
/// Apart from the handle of its answer, which a loop is the last to let go of: a body goes back to the
/// pool on the thread that has worked on it.
struct RequestWork: Sendable {
  /// As received: the body may be coded.
  private let request: Request
  private let coding: ContentCoding
  private let decodedLimit: Int
  /// The handler's closure.
  private let action: @Sendable (Request, any Responder) -> Void
  let handle: AnswerHandle
  /// Nanoseconds; when the head was complete, where no body had to be waited for.
  let begunAt: Int64?

  init(
    _ request: Request, _ coding: ContentCoding, decodedLimit: Int, begunAt: Int64?,
    _ handle: AnswerHandle, _ action: @escaping @Sendable (Request, any Responder) -> Void
  ) {
    self.request = request
    self.begunAt = begunAt
    self.coding = coding
    self.decodedLimit = decodedLimit
    self.handle = handle
    self.action = action
  }

  /// Nothing has to be decoded, and there is little to read: the closure may be short.
  var isSmall: Bool { coding == .identity && request.body.count <= Self.smallBody }

  private static let smallBody = 4_096

  /// Decodes the body and runs the handler's closure.
  func run(_ context: inout WorkContext) {
    if context.isTaken { act() } else { handle.refuse(.overloaded) }
    handle.actionEnded(&context)
  }

  /// Decodes the body and runs the handler's closure; the caller sees to what it answered.
  func act() {
    do throws(Refusal) {
      try decodeAndAct()
    } catch {
      handle.refuse(error)
    }
  }

  private func decodeAndAct() throws(Refusal) {
    if coding == .identity || request.body.count == 0 { return action(request, handle) }
    let body = try ContentDecoder.decode(
      request.body, coding, limit: decodedLimit, ratio: handle.port.decodingRatio,
      memory: handle.port.memory)
    action(
      Request(
        head: request.head, body: body, peer: request.peer,
        receivedByteCount: request.receivedByteCount), handle)
  }
}
