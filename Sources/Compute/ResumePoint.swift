/// Keeps the state of a long computation, so that it goes on after a crash where it was.
///
/// The bytes are the algorithm's own; it must refuse those it does not understand and start anew.
public protocol ResumePoint: Sendable {
  /// The state saved last, nil at the first start.
  func load() -> [UInt8]?

  /// Replaces the saved state. May be slow (a store): call it seconds apart.
  func save(_ state: [UInt8])
}
