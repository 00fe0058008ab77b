public import Compute

/// How samples reach the fractional solution (specs/paging.md, section 3).
public enum SampleMode: String, Sendable, CaseIterable {
  /// No probes: a sample that is due and has not come is owed, and used when it comes.
  case owed
  /// Every sample is used at once; not covered by the proof.
  case eager
  /// The paper's: a page whose slot is empty at the end of its request is probed.
  case interface
}

/// What became of a reported cost.
public enum SampleUse: String, Sendable {
  case applied, stored, discarded
}

/// Online weighted paging with unknown weights, in constant expected work a request for constant M:
/// the fractional solution on class clocks, rounded by M states, behind a lazy physical cache.
///
/// Pages are dense indices in the order in which they were first requested: `request(pageCount)`
/// after `addPage` is a new page. Costs are positive and finite, in the caller's unit; the scale
/// `W` (`maxCost`) grows by doubling when one exceeds it.
///
/// Invariants after every request (each is asserted by tests):
///  1. the requested page is present, physically and in every state; at most k pages are present;
///  2. consistency: page p is missing from Y of the M states with `|Y - M y_p| < 1`;
///  3. balance: for each weight class every state holds floor or ceil of the mean number of pages
///     of that class or above;
///  4. no decision has read anything but bounds already here: a missing sample delays nothing.
///
/// Deterministic: the state after a sequence of calls is a function of the configuration and the
/// calls, bit for bit on one machine.
///
/// Quanta: Y + 1 is taken when y passes (Y + 1/2)/M; where that leaves more than kM quanta present,
/// some more are taken at random, of pages with `M y > Y`, in proportion to the difference. Taking
/// each at y > Y/M (`ceil`) keeps the sum without more ado, but pays up to w/M for a page that has
/// hardly moved, each time it is asked for: 3 times the cost on 51 uniform pages of log-uniform
/// weights at k = 50, and no constant bounds it. Above 1/2 a page pays at most twice its movement.
///
/// Memory: about 150 B a page at M = 64. Source: arXiv 2410.21266 with the reconstructions of
/// specs/paging.md, sections 1 to 5.
public struct PagingEngine: Sendable {
  /// What an engine is made with.
  public struct Configuration: Sendable, Equatable {
    /// k, 1 … 1 000 000.
    public var capacity: Int
    /// M: 8, 16, 32, 64, 128 or 256.
    public var states: Int
    public var mode: SampleMode
    public var rule: ConfidenceRule
    /// Multiplies the logarithm inside the bounds; in (0, 1], 1 is the proven choice.
    public var confidence: Double
    /// W, the largest cost expected; positive.
    public var maxCost: Double
    /// Requests expected, if known; otherwise doubling.
    public var horizon: Int
    /// Weights are given with each page, no samples are used (Bansal–Buchbinder–Naor).
    public var knownWeights: Bool

    public init(
      capacity: Int, states: Int = 64, mode: SampleMode = .owed, rule: ConfidenceRule = .kl,
      confidence: Double = 1, maxCost: Double = 1, horizon: Int = 0, knownWeights: Bool = false
    ) {
      self.capacity = capacity
      self.states = states
      self.mode = mode
      self.rule = rule
      self.confidence = confidence
      self.maxCost = maxCost
      self.horizon = horizon
      self.knownWeights = knownWeights
    }

    /// Numbers of states that masks can have.
    public static let allowedStates = [8, 16, 32, 64, 128, 256]
    /// The largest capacity.
    public static let largestCapacity = 1_000_000
  }

  /// What was done with one request.
  public struct Decision: Sendable, Equatable {
    /// The page was physically present.
    public var hit: Bool
    /// The page evicted to make room; nil for none.
    public var evicted: Int?
    /// `interface` only: measure the page that many times more.
    public var probes = 0
  }

  /// Counts since the start.
  public struct Counters: Sendable, Equatable {
    public var requests = 0
    public var hits = 0
    /// Quanta moved by the fractional solution.
    public var quanta = 0
    /// Pages moved between states to keep the balance.
    public var swaps = 0
    /// Times that `W` was doubled.
    public var rescales = 0
    /// Samples used for the bounds.
    public var samplesApplied = 0
    /// Samples owed now, over all pages, and the most that one page ever owed.
    public var owed = 0
    public var owedMost = 0
    /// Pages forgotten (`renewPage`).
    public var forgotten = 0
  }

  public let configuration: Configuration
  /// W now.
  public internal(set) var maxCost: Double
  public internal(set) var counters = Counters()
  var ledger: [PageLedger] = []
  var clocks: ClassClocks
  var masks: StateMasks
  var cache: LazyCache
  var random: RandomBits
  var scale: ConfidenceScale
  /// A level changed since the last `settle`.
  var unbalanced = false
  /// Scratch of one request.
  private var crossings: [Crossing] = []

  /// - Parameter random: decides the real state and every coin; draw it for this engine alone.
  public init(_ configuration: Configuration, random: RandomGenerator) {
    precondition(
      (1...Configuration.largestCapacity).contains(configuration.capacity)
        && Configuration.allowedStates.contains(configuration.states)
        && configuration.maxCost > 0 && configuration.maxCost.isFinite)
    self.configuration = configuration
    var bits = RandomBits(random)
    let real = bits.draw(below: configuration.states)
    self.random = bits
    maxCost = configuration.maxCost
    clocks = ClassClocks(capacity: configuration.capacity, states: configuration.states)
    masks = StateMasks(states: configuration.states, watched: real)
    cache = LazyCache(capacity: configuration.capacity)
    scale = Self.scale(configuration, pages: 0, requests: 0)
  }

  /// Pages that were ever requested.
  public var pageCount: Int { ledger.count }
  /// `n_hat` and `T_hat`: what the bounds use for the numbers of pages and of requests.
  public var assumedPages: Double { scale.pages }
  public var assumedHorizon: Double { scale.horizon }
  /// Pages physically present.
  public var presentCount: Int { cache.count }
  /// Pages in the virtual real state: never more than the capacity after a request.
  public var virtualCount: Int { masks.count(level: masks.levels - 1, state: masks.watched) }

  public func isPresent(_ page: Int) -> Bool { cache.present[page] }

  /// Makes the next page known, absent; returns its index. Follow it by its request.
  /// - Parameter weight: its weight (positive), where weights are known.
  public mutating func addPage(weight: Double? = nil) -> Int {
    let page = ledger.count
    let entry = newEntry(weight)
    ledger.append(entry)
    clocks.addPage()
    masks.addPage(level: RoundingLevel.index(of: entry.bounds.upper))
    cache.addPage()
    return page
  }

  /// What is known of a page before its first request.
  mutating func newEntry(_ weight: Double?) -> PageLedger {
    var entry = PageLedger()
    if configuration.knownWeights {
      let weight = max(weight ?? maxCost, maxCost * Self.leastCost)
      if weight > maxCost { grow(toHold: weight) }
      entry.bounds = ConfidenceBounds(known: weight / maxCost)
    } else {
      entry.bounds.lower = Self.unsampledFactor * scale.firstFactor
    }
    entry.rate = Int16(truncatingIfNeeded: RateGrid.index(of: entry.bounds.lower))
    return entry
  }

  /// Serves one request of a known page: makes it present, evicting at most one other page.
  public mutating func request(_ page: Int) -> Decision {
    counters.requests += 1
    renewScale()
    if clocks.isAtZero(page) {
      // y = 0: nothing moves, and the page never left the real state nor the cache.
      if unbalanced { settle() }
      counters.hits += 1
      return Decision(hit: true, evicted: nil, probes: probesDue(page, fetched: false))
    }
    let first = !ledger[page].requested
    takeInHand(page, first: first)
    crossings.removeAll(keepingCapacity: true)
    raiseOthers()
    if first { demand(page) }
    clocks.takeCrossings(into: &crossings)
    masks.fetch(page)
    clocks.setTaken(page, all: false)
    cache.update(page, held: true)
    takeExtra()
    settle()
    clocks.insert(page, at: 0, class: Int(ledger[page].rate), stop: stop(of: page))
    return decide(page)
  }

  /// Quanta are taken at half-way marks; where that leaves more than kM present, some more are.
  private mutating func takeExtra() {
    var moved = 0
    for crossing in crossings { moved += crossing.count }
    let excess = cachedQuanta - moved - configuration.capacity * masks.states
    if excess > 0 {
      clocks.takeExtra(excess, random: &random, into: &crossings)
      moved += excess
    }
    counters.quanta += moved
  }

  private mutating func decide(_ page: Int) -> Decision {
    if cache.present[page] {
      counters.hits += 1
      return Decision(hit: true, evicted: nil, probes: probesDue(page, fetched: false))
    }
    let evicted = cache.fetch(page)
    return Decision(
      hit: false, evicted: evicted >= 0 ? evicted : nil,
      probes: probesDue(page, fetched: true))
  }

  /// Sets y to 0, off the clock, so that the others can rise around it.
  private mutating func takeInHand(_ page: Int, first: Bool) {
    if clocks.rate[page] >= 0 {
      ledger[page].base += clocks.remove(page)
    } else if !first {
      ledger[page].base += 1
    }
    ledger[page].requested = true
  }

  /// Section 1, step 2, with the requested page in hand.
  private mutating func raiseOthers() {
    let capacity = Double(configuration.capacity)
    while clocks.active > 0 {
      let excess = clocks.present() + 1 - capacity
      guard excess > 1e-12 else { break }
      if let page = clocks.advance(excess: excess) {
        halt(page)
      } else {
        while let page = clocks.stoppedHere() { halt(page) }
        break
      }
    }
  }

  /// A page has come to its stop: an integer of its movement, y = 1, or both.
  private mutating func halt(_ page: Int) {
    let y = stop(of: page)
    _ = clocks.remove(page)
    if usesStops, ledger[page].base + y >= ledger[page].nextInteger - Self.tie {
      ledger[page].nextInteger += 1
      demand(page)
    }
    if y >= 1 - Self.tie {
      let left = masks.states - Int(clocks.taken[page])
      if left > 0 { crossings.append(Crossing(page: page, count: left)) }
      clocks.setTaken(page, all: true)
    } else {
      clocks.insert(
        page, at: y, class: Int(ledger[page].rate), stop: stop(of: page))
    }
  }

  /// Where the page's rise is next interrupted.
  func stop(of page: Int) -> Double {
    usesStops ? min(1, ledger[page].nextInteger - ledger[page].base) : 1
  }

  private mutating func settle() {
    counters.swaps += masks.settle(crossings, random: &random)
    crossings.removeAll(keepingCapacity: true)
    unbalanced = false
    guard !masks.changes.isEmpty else { return }
    for page in masks.changes {
      cache.update(Int(page), held: masks.holds(Int(page), state: masks.watched))
    }
    masks.changes.removeAll(keepingCapacity: true)
  }

  /// Coincidences of `m` with an integer within this distance count.
  private static let tie = 1e-9
}
