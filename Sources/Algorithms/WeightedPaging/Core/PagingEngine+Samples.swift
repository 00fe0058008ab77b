#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Samples, bounds and the scale W.
extension PagingEngine {
  /// A cost that cannot be used.
  public enum SampleError: Error, Equatable, Sendable {
    /// Not a positive finite number.
    case notPositive(Double)
    /// More than 2^40 times the scale the engine was made with.
    case beyondScale(Double, largest: Double)
  }

  /// A page never sampled has LCB `unsampledFactor / (2 n^2 T)`: it goes first, as in the paper.
  static let unsampledFactor = 1e-3
  /// Costs below this fraction of W count as this fraction.
  static let leastCost = 1e-12
  /// W grows at most by this factor.
  static let largestGrowth = 0x1p40

  /// Applies a measured cost of a known page. Never changes the physical cache.
  public mutating func report(_ cost: Double, page: Int) throws(SampleError) -> SampleUse {
    try configuration.check(cost)
    ledger[page].probed = false
    if configuration.knownWeights { return .discarded }
    if cost > maxCost { grow(toHold: cost) }
    switch configuration.mode {
    case .eager:
      apply(cost, to: page)
      return .applied
    case .owed, .interface:
      if ledger[page].owed > 0 {
        ledger[page].owed -= 1
        counters.owed -= 1
        apply(cost, to: page)
        return .applied
      }
      guard ledger[page].slot.isNaN else { return .discarded }
      ledger[page].slot = cost
      return .stored
    }
  }

  /// Integers of the movement interrupt it only where samples are consumed there.
  var usesStops: Bool { !configuration.knownWeights && configuration.mode != .eager }

  /// A sample is due: uses the stored one, else owes it and goes on with the bounds there are.
  mutating func demand(_ page: Int) {
    guard usesStops else { return }
    let stored = ledger[page].slot
    if stored.isNaN {
      ledger[page].owed += 1
      counters.owed += 1
      counters.owedMost = max(counters.owedMost, Int(ledger[page].owed))
    } else {
      ledger[page].slot = .nan
      apply(stored, to: page)
    }
  }

  /// `interface`: how many measurements the page needs beyond the one its fetch will bring, so that
  /// its slot is full. One probe at a time is outstanding.
  mutating func probesDue(_ page: Int, fetched: Bool) -> Int {
    guard configuration.mode == .interface, !configuration.knownWeights, !ledger[page].probed
    else { return 0 }
    let have = (ledger[page].slot.isNaN ? 0 : 1) + (fetched ? 1 : 0)
    let due = max(0, Int(ledger[page].owed) + 1 - have)
    if due > 0 { ledger[page].probed = true }
    return due
  }

  private mutating func apply(_ cost: Double, to page: Int) {
    let sample = min(1, max(cost / maxCost, Self.leastCost))
    counters.samplesApplied += 1
    ledger[page].bounds.add(sample, rule: configuration.rule, scale: scale)
    reclass(page)
  }

  /// Moves the page to the classes of its bounds; y stays as it is.
  private mutating func reclass(_ page: Int) {
    let rate = RateGrid.index(of: ledger[page].bounds.lower)
    let level = RoundingLevel.index(of: ledger[page].bounds.upper)
    if rate != Int(ledger[page].rate) {
      ledger[page].rate = Int16(truncatingIfNeeded: rate)
      if clocks.rate[page] >= 0 {
        let y = clocks.remove(page)
        clocks.insert(
          page, at: y, class: rate, stop: stop(of: page))
      }
    }
    if level != Int(masks.level[page]) {
      masks.changeLevel(page, to: level)
      unbalanced = true
    }
  }

  /// Doubles W until it holds `cost`; bounds anew, classes anew.
  mutating func grow(toHold cost: Double) {
    var factor = 1.0
    while cost > maxCost * factor {
      factor *= 2
      counters.rescales += 1
    }
    maxCost *= factor
    for page in ledger.indices {
      ledger[page].bounds.rescale(by: factor, rule: configuration.rule, scale: scale)
      reclass(page)
    }
  }

  /// Doubling: `n_hat = max(2k, 2^i >= pages ever known)`, `T_hat = 2^i >= max(1024, requests)`, or the
  /// horizon that was announced while it lasts. Bounds already issued stay.
  mutating func renewScale() {
    let pages = ledger.count + counters.forgotten
    let requests = Double(counters.requests)
    guard Double(pages) > scale.pages || requests > scale.horizon else { return }
    scale = Self.scale(configuration, pages: pages, requests: counters.requests)
  }

  static func scale(_ configuration: Configuration, pages: Int, requests: Int) -> ConfidenceScale {
    let horizon =
      requests <= configuration.horizon ? configuration.horizon : powerOfTwo(above: requests)
    return ConfidenceScale(
      pages: Double(max(2 * configuration.capacity, powerOfTwo(above: pages))),
      horizon: Double(max(1024, horizon)), confidence: configuration.confidence)
  }

  private static func powerOfTwo(above count: Int) -> Int {
    var power = 1
    while power < count { power *= 2 }
    return power
  }
}

extension PagingEngine.Configuration {
  /// Whether an engine of this configuration would take the cost.
  public func check(_ cost: Double) throws(PagingEngine.SampleError) {
    guard cost > 0, cost.isFinite else { throw .notPositive(cost) }
    guard cost <= largestCost else { throw .beyondScale(cost, largest: largestCost) }
  }

  /// The greatest cost that the scale can grow to.
  public var largestCost: Double { maxCost * PagingEngine.largestGrowth }
}
