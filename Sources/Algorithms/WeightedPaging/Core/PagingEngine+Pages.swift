/// One page and the whole, as callers may see them.
extension PagingEngine {
  /// The state of one page.
  public struct PageView: Sendable, Equatable {
    /// y, the missing fraction, and the number of the M states that miss it.
    public let missing: Double
    public let quanta: Int
    /// Physically present.
    public let present: Bool
    /// Samples applied, and their mean and bounds in the caller's unit.
    public let samples: Int
    public let mean: Double
    public let lower: Double
    public let upper: Double
    public let owed: Int
    /// Total upward movement of y.
    public let moved: Double
  }

  public func view(_ page: Int) -> PageView {
    let entry = ledger[page]
    let y = missing(page)
    return PageView(
      missing: y, quanta: Int(masks.quanta[page]), present: cache.present[page],
      samples: entry.bounds.count, mean: entry.bounds.mean * maxCost,
      lower: entry.bounds.lower * maxCost, upper: entry.bounds.upper * maxCost,
      owed: Int(entry.owed), moved: entry.base + (entry.requested ? y : 0))
  }

  /// y of a page: on its clock, or 1.
  public func missing(_ page: Int) -> Double {
    clocks.rate[page] >= 0 ? clocks.value(page) : 1
  }

  /// The sum of `1 - y` over all pages, at most k.
  public var cachedMass: Double { clocks.present() }

  /// Quanta present over all states, `sum (M - Y)`, at most kM.
  public var cachedQuanta: Int { masks.totals[masks.levels - 1] }

  /// The page is wholly absent: y = 1, in no state, not in the physical cache.
  public func isForgettable(_ page: Int) -> Bool {
    clocks.rate[page] < 0 && Int(masks.quanta[page]) == masks.states && !cache.present[page]
  }

  /// Forgets all that is known of a forgettable page; its index becomes that of a new page. Follow
  /// it by the new page's request.
  ///
  /// The guarantee holds as for a new page each time: a first fetch more, and n_hat counts it.
  public mutating func renewPage(_ page: Int, weight: Double? = nil) {
    precondition(isForgettable(page), "something of the page is in a cache")
    counters.owed -= Int(ledger[page].owed)
    counters.forgotten += 1
    ledger[page] = newEntry(weight)
    masks.changeLevel(page, to: RoundingLevel.index(of: ledger[page].bounds.upper))
  }
}
