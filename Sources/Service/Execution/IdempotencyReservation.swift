import Jobs

/// Marks an idempotency key while its request is being read; gives it back when nobody needs it any
/// more, also where the client goes away in the middle of its body.
final class IdempotencyReservation: Sendable {
  private let engine: JobEngine
  private let owner: String
  private let path: String
  private let key: String

  /// Nil where another request with this key is being read.
  init?(_ engine: JobEngine, owner: String, path: String, key: String) {
    guard engine.reserve(owner: owner, path: path, key: key) else { return nil }
    self.engine = engine
    self.owner = owner
    self.path = path
    self.key = key
  }

  deinit { engine.release(owner: owner, path: path, key: key) }
}
