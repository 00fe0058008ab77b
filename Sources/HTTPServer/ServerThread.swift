import CSystem

/// What loops and request threads ask of the scheduler.
enum ServerThread {
  /// Microseconds. Shorter than what everybody gets (1.4 ms and more), so that who has just been
  /// woken goes first; long enough for a loop to finish a turn: with 100 us the slowest hundredth
  /// of small requests took longer in each of three runs in turns with this one.
  static let turn: UInt32 = 1_000

  /// Lets the calling thread go before those that compute as soon as it has something to do.
  ///
  /// A low priority alone (`ComputePool`) gives computation less time, but whoever wakes up may
  /// still have to wait for the end of a turn that has begun. Where the kernel knows no such turns,
  /// or forbids the call, everything works as without it.
  static func asksForShortTurns() {
    _ = csystem_set_thread_slice(turn)
  }
}
