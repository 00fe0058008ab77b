/// Whether handlers' closures have lately been so short that handing them to a request thread costs
/// more than running them: the rule by which a loop decides, as a value without a clock.
///
/// It keeps a moving mean over some two thousand of them, so that the share of time that closures
/// take of a loop is bounded, whether all are a little too long or a few are much too long, and one
/// that was interrupted decides nothing. Past the bound closures are handed over for a tenth of a
/// second; then a few are tried again.
package struct ClosureTimes {
  /// What one closure counts as at most, in nanoseconds: much longer ones keep their own thread only,
  /// since another takes the loop over.
  package static let longest: Int64 = 4_000_000
  /// For how long closures are handed over once they were too long, in nanoseconds.
  package static let pause: Int64 = 100_000_000
  private static let share: Int64 = 2_048

  /// Nanoseconds.
  private let bound: Int64
  /// The mean times `share`.
  private var sum: Int64 = 0
  private var resumesAt = Int64.min

  /// Closures of less than `bound` nanoseconds in the mean are run where they are; none where it is
  /// zero.
  package init(bound: Int64) {
    self.bound = bound
  }

  /// Closures may be run where they are. `now` is in nanoseconds, on any clock that is always the
  /// same.
  package func areShort(now: Int64) -> Bool { bound > 0 && now >= resumesAt }

  /// A closure took `duration`; all in nanoseconds.
  package mutating func note(_ duration: Int64, now: Int64) {
    sum += min(max(0, duration), Self.longest) - sum / Self.share
    guard sum > bound * Self.share else { return }
    resumesAt = now + Self.pause
    // What the trial begins with: short ones are believed, a few long ones end it.
    sum = bound * Self.share / 4 * 3
  }
}
