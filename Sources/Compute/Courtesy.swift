import CSystem

/// Threads at long work let others have their core now and then.
///
/// Linux lets a thread go on for milliseconds when another wakes, also where the other has the higher
/// priority, and a small request would wait as long for its answer. So work in small pieces offers
/// the core between them: the slowest hundredth of health requests beside two computing threads took
/// 2.2 ms without, 0.6 ms with an offer every millisecond, 0.5 and 0.4 ms with two and four.
package enum Courtesy {
  /// Microseconds between two offers of one thread. Each gives up what is left of the thread's turn,
  /// so that more of them would leave it less beside threads that never rest.
  private static let period: UInt32 = 500

  /// Gives the core to whoever waits for it, where this thread has not done so for a while: a look at
  /// the clock (25 ns), and sometimes a system call (0.4 µs where nobody waits).
  package static func offerCore() { csystem_offer_core(period) }
}
