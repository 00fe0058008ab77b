#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The exact fractional solution of section 1: each page's `y` moved by the common clock, event by
/// event. O(n) an event: the form to check against, not the one to serve with.
///
/// Invariants after every request:
///  1. the requested page has `y = 0`;
///  2. the sum of `1 - y` over requested pages is at most `k` (up to rounding);
///  3. no `y` leaves 0…1; a page never requested has `y = 1`;
///  4. every page that was requested has had a sample consumed for its first request and for each
///     integer that its total movement `m` has reached (unless the weights are known).
public struct FractionalSolver: Sendable {
  /// One sample consumed: by which page, and whether it closed the page's first request.
  public struct SampleEvent: Sendable, Equatable {
    public let page: Int
    public let first: Bool
  }

  /// One page.
  public struct Page: Sendable {
    /// Missing fraction.
    public fileprivate(set) var missing = 1.0
    /// Total upward movement `m`.
    public fileprivate(set) var moved = 0.0
    public fileprivate(set) var bounds: ConfidenceBounds
    public fileprivate(set) var requested = false
    /// Distance of `m` to the next integer, in (0, 1].
    fileprivate var remaining = 1.0
    /// LCB as the clock uses it.
    fileprivate var rate = 1.0
  }

  public let capacity: Int
  public private(set) var pages: [Page]
  /// Sum of upward movement times the UCB of that moment.
  public private(set) var costAtUpper = 0.0
  /// Inside the bounds' logarithm; may be renewed between requests (doubling).
  public var scale: ConfidenceScale
  private let rule: ConfidenceRule
  private let known: Bool
  private let roundsRates: Bool
  private let eta: Double

  /// Coincidences of events within this distance in `y` count as one moment.
  private static let tie = 1e-11

  /// - Parameters:
  ///   - capacity: `k >= 1`.
  ///   - pages: `n`, the pages 0 ..< n that may be requested.
  ///   - knownWeights: `n` weights in (0, 1]; then no samples are used.
  ///   - roundsRates: round each LCB down to the grid of `RateGrid`, as the fast engine does.
  public init(
    capacity: Int, pages: Int, rule: ConfidenceRule, scale: ConfidenceScale,
    knownWeights: [Double]? = nil, roundsRates: Bool = false
  ) {
    precondition(capacity >= 1 && (knownWeights?.count ?? pages) == pages)
    self.capacity = capacity
    self.rule = rule
    self.scale = scale
    self.roundsRates = roundsRates
    known = knownWeights != nil
    eta = 1 / Double(capacity)
    self.pages = (0..<pages).map { page in
      Page(bounds: knownWeights.map { ConfidenceBounds(known: $0[page]) } ?? ConfidenceBounds())
    }
    for page in self.pages.indices where known { renewRate(page) }
  }

  /// Serves one request; `sample` is asked for the next cost of a page at the moment it is consumed.
  /// Returns the samples consumed, in order.
  public mutating func request(_ q: Int, sample: (Int) -> Double) -> [SampleEvent] {
    var events: [SampleEvent] = []
    let first = !pages[q].requested
    pages[q].missing = 0
    pages[q].requested = true
    raise(except: q, events: &events, sample: sample)
    if first, !known {
      consume(q, first: true, events: &events, sample: sample)
      pages[q].moved = 0
      pages[q].remaining = 1
    }
    return events
  }

  private mutating func raise(
    except q: Int, events: inout [SampleEvent], sample: (Int) -> Double
  ) {
    while true {
      let active = pages.indices.filter { $0 != q && pages[$0].missing < 1 && pages[$0].requested }
      let present = active.reduce(1.0) { $0 + (1 - pages[$1].missing) }
      let excess = present - Double(capacity)
      guard excess > 1e-13, !active.isEmpty else { return }
      let stops = active.map { page in
        min(1, pages[page].missing + (known ? 2 : pages[page].remaining))
      }
      var time =
        zip(active, stops).map { page, stop in
          pages[page].rate * log((stop + eta) / (pages[page].missing + eta))
        }.min() ?? 0
      let feasible = feasibleTime(active, excess: excess)
      let ends = feasible <= time
      time = min(time, feasible)
      advance(active, stops: stops, by: time, events: &events, sample: sample)
      if ends { return }
    }
  }

  /// The `t` with `sum (y+eta) (exp(t/LCB) - 1) = excess`: Newton from the right, where the convex
  /// increasing sum makes it monotone.
  private func feasibleTime(_ active: [Int], excess: Double) -> Double {
    var time =
      active.map { page in
        pages[page].rate * log1p(excess / (pages[page].missing + eta))
      }.min() ?? 0
    for _ in 0..<200 {
      var sum = -excess
      var slope = 0.0
      for page in active {
        let mass = pages[page].missing + eta
        let growth = expm1(time / pages[page].rate)
        sum += mass * growth
        slope += mass * (growth + 1) / pages[page].rate
      }
      let step = sum / slope
      time -= step
      if abs(step) <= 1e-16 * time || sum <= 0 { break }
    }
    return max(0, time)
  }

  private mutating func advance(
    _ active: [Int], stops: [Double], by time: Double, events: inout [SampleEvent],
    sample: (Int) -> Double
  ) {
    for (page, stop) in zip(active, stops) {
      let before = pages[page].missing
      var after = (before + eta) * exp(time / pages[page].rate) - eta
      if after > stop - Self.tie { after = stop }
      after = max(after, before)
      pages[page].missing = after
      pages[page].moved += after - before
      pages[page].remaining -= after - before
      costAtUpper += (after - before) * pages[page].bounds.upper
    }
    for page in active where !known && pages[page].remaining <= Self.tie {
      pages[page].remaining = 1
      consume(page, first: false, events: &events, sample: sample)
    }
  }

  private mutating func consume(
    _ page: Int, first: Bool, events: inout [SampleEvent], sample: (Int) -> Double
  ) {
    pages[page].bounds.add(sample(page), rule: rule, scale: scale)
    renewRate(page)
    events.append(SampleEvent(page: page, first: first))
  }

  private mutating func renewRate(_ page: Int) {
    let lower = pages[page].bounds.lower
    pages[page].rate = roundsRates ? RateGrid.rate(of: RateGrid.index(of: lower)) : lower
  }
}
