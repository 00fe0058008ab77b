/// What the engine knows of one page besides its clock, its mask and its place in the cache.
struct PageLedger: Sendable, Equatable {
  /// Relative to W.
  var bounds = ConfidenceBounds()
  /// The sample slot s_p, in the caller's unit; NaN: empty.
  var slot = Double.nan
  /// Upward movement before the page was last set to 0: m = base + y.
  var base = 0.0
  /// The next integer that m has to reach.
  var nextInteger = 1.0
  /// Samples that were due and had not come.
  var owed: Int32 = 0
  /// Class of LCB on the rate grid.
  var rate: Int16 = 0
  var requested = false
  /// `interface`: a probe was asked for and has not been answered.
  var probed = false

  static func == (a: Self, b: Self) -> Bool {
    a.bounds == b.bounds && a.slot.bitPattern == b.slot.bitPattern && a.base == b.base
      && a.nextInteger == b.nextInteger && a.owed == b.owed && a.rate == b.rate
      && a.requested == b.requested && a.probed == b.probed
  }
}
