import Compute

/// A policy whose cache can be looked into: what a session shows and `SwitchedPolicy` can follow.
protocol ExpertPolicy: OnlinePolicy {
  func isPresent(_ page: Int) -> Bool
}

extension PagingEngine: ExpertPolicy {}
extension PriorityPolicy: ExpertPolicy {}
extension RecencyPolicy: ExpertPolicy {}
extension MarkingPolicy: ExpertPolicy {}

/// Two virtual caches, an expert without a guarantee and the engine, of which the cheaper so far is
/// followed: when the followed one's cost exceeds twice the other's, the other is followed. The
/// physical cache follows lazily, so switching itself moves nothing.
///
/// Costs are estimated: a virtual fetch counts the page's empirical mean (1 before the first
/// sample), because only physical fetches are measured. Costs up to k times the largest estimate
/// are not compared, so that the start does not decide.
///
/// Guarantee for equal weights: at most about twice the better of the two plus O(k) a switch, with
/// O(log cost) switches. Source: specs/paging.md, section 12, after arXiv 2404.06280.
struct SwitchedPolicy<Expert: ExpertPolicy>: ExpertPolicy {
  private(set) var expert: Expert
  private(set) var engine: PagingEngine
  private(set) var cache: LazyCache
  private(set) var followsExpert = true
  private(set) var expertCost = 0.0
  private(set) var engineCost = 0.0
  /// Times the other was followed from then on.
  private(set) var switches = 0
  private(set) var means: [RunningMean] = []
  private(set) var largest = 0.0

  struct RunningMean: Sendable {
    var count = 0
    var mean = 1.0
  }

  /// Worth of cost by which one must be behind, relative to the other, before it is left.
  private static var factor: Double { 2 }

  init(expert: Expert, engine: PagingEngine) {
    self.expert = expert
    self.engine = engine
    cache = LazyCache(capacity: engine.configuration.capacity)
  }

  mutating func addPage(weight: Double?) {
    expert.addPage(weight: weight)
    engine.addPage(weight: nil) as Void
    cache.addPage()
    means.append(RunningMean())
  }

  mutating func serve(_ page: Int) -> Served {
    let byExpert = expert.serve(page)
    let byEngine = engine.serve(page)
    let cost = means[page].mean
    if !byExpert.hit { expertCost += cost }
    if !byEngine.hit { engineCost += cost }
    let followed = followsExpert ? byExpert : byEngine
    cache.update(page, held: true)
    if followed.evicted >= 0 { cache.update(followed.evicted, held: false) }
    switchIfBehind()
    if cache.present[page] { return Served(hit: true, probes: byEngine.probes) }
    return Served(hit: false, evicted: cache.fetch(page), probes: byEngine.probes)
  }

  mutating func observe(_ cost: Double, page: Int) -> SampleUse {
    means[page].count += 1
    means[page].mean =
      means[page].count == 1
      ? cost : means[page].mean + (cost - means[page].mean) / Double(means[page].count)
    largest = max(largest, means[page].mean)
    let byExpert = expert.observe(cost, page: page)
    let byEngine = engine.observe(cost, page: page)
    return byExpert == .applied ? byExpert : byEngine
  }

  mutating func predict(_ next: Double) { expert.predict(next) }

  func isPresent(_ page: Int) -> Bool { cache.present[page] }

  /// The state as a snapshot holds it, already checked.
  mutating func restore(
    cache: LazyCache, followsExpert: Bool, costs: (Double, Double, Double), switches: Int,
    means: [RunningMean]
  ) {
    self.cache = cache
    self.followsExpert = followsExpert
    (expertCost, engineCost, largest) = costs
    self.switches = switches
    self.means = means
  }

  private mutating func switchIfBehind() {
    let (mine, other) =
      followsExpert ? (expertCost, engineCost) : (engineCost, expertCost)
    let slack = Double(engine.configuration.capacity) * largest
    guard mine > Self.factor * other + slack else { return }
    followsExpert.toggle()
    switches += 1
    for page in 0..<engine.pageCount where cache.present[page] {
      cache.update(page, held: followsExpert ? expert.isPresent(page) : engine.isPresent(page))
    }
  }
}
