import CSystem

/// What loops and request threads ask of the scheduler.
enum ServerThread {
  /// Microseconds; the least that Linux grants.
  static let turn: UInt32 = 100

  /// Lets the calling thread go before those that compute as soon as it has something to do.
  ///
  /// A low priority alone (`ComputePool`) does not see to that: whoever wakes up still waits for
  /// the end of a turn that has begun, 1.4 ms and more. A health request while every core computes:
  /// p99 1.8 ms without, 0.08 ms with short turns (Linux 6.18). Where the kernel knows no such
  /// turns, or forbids the call, everything works as without it.
  static func asksForShortTurns() {
    _ = csystem_set_thread_slice(turn)
  }
}
