/// The queue as an operator sees it.
public struct QueueState: Sendable, Equatable {
  /// One algorithm's part.
  public struct Part: Sendable, Equatable {
    public var paused = false
    public var queued = 0
    public var running = 0
  }

  /// Whether the whole queue is paused.
  public var paused: Bool
  public var queued: Int
  public var running: Int
  /// Compute threads of this process.
  public var workers: Int
  public var byAlgorithm: [String: Part]
}
