/// Takes the one answer of a request, from any thread, now or later.
///
/// Dropping a responder without an answer closes the request with 500.
public protocol Responder: Sendable {
  /// Sends the answer. The first call counts, later ones are ignored.
  func respond(_ response: Response)

  /// Calls `action` once when the client goes away before the answer, at once when it is gone
  /// already, never after the answer. It runs on the loop that noticed: memory only. One action a
  /// request: a second one takes the first one's place.
  func onDisconnect(_ action: @escaping @Sendable () -> Void)
}
