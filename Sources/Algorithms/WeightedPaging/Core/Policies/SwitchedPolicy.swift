import Compute

/// Two virtual caches, an expert without a guarantee and the engine, of which the cheaper so far is
/// followed: when the followed one's cost exceeds `factor` times the other's and k times the largest
/// mean besides, the other is followed. The physical cache follows lazily, so switching itself moves
/// nothing.
///
/// Costs are estimated: a virtual fetch counts the page's empirical mean (that over all pages before
/// its first sample), because only physical fetches are measured.
///
/// Guarantee, as far as the means are right: while one is followed its cost stays within
/// `factor C + k w_max` of the other's cost C, so what is paid is at most
/// `(1 + factor) factor min(C) + O(k w_max)`; following the other from then on costs at most k w_max
/// more, which the cost grew by since the last switch. So a better expert is used within a constant,
/// and with the engine's O(log k) on the other side that stays. For equal weights the means are
/// right. Source: specs/paging.md, section 12, after arXiv 2404.06280.
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
  private(set) var overall = RunningMean()

  struct RunningMean: Sendable {
    var count = 0
    var mean = 1.0

    mutating func add(_ value: Double) {
      count += 1
      mean = count == 1 ? value : mean + (value - mean) / Double(count)
    }
  }

  /// How far, relative to the other, the followed one must be behind before it is left.
  let factor: Double

  init(expert: Expert, engine: PagingEngine, factor: Double) {
    self.factor = factor
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
    let known = means[page].count > 0
    let cost = known ? means[page].mean : overall.mean
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
    means[page].add(cost)
    overall.add(cost)
    largest = max(largest, means[page].mean)
    let byExpert = expert.observe(cost, page: page)
    let byEngine = engine.observe(cost, page: page)
    return byExpert == .applied ? byExpert : byEngine
  }

  mutating func predict(_ next: Double) { expert.predict(next) }

  func isPresent(_ page: Int) -> Bool { cache.present[page] }

  func isForgettable(_ page: Int) -> Bool {
    !cache.present[page] && expert.isForgettable(page) && engine.isForgettable(page)
  }

  mutating func renewPage(_ page: Int, weight: Double?) {
    expert.renewPage(page, weight: weight)
    engine.renewPage(page, weight: nil)
    means[page] = RunningMean()
  }

  /// The state as a snapshot holds it, already checked.
  mutating func restore(
    cache: LazyCache, followsExpert: Bool, costs: (Double, Double, Double), switches: Int,
    means: [RunningMean], overall: RunningMean
  ) {
    self.cache = cache
    self.followsExpert = followsExpert
    (expertCost, engineCost, largest) = costs
    self.switches = switches
    self.means = means
    self.overall = overall
  }

  private mutating func switchIfBehind() {
    let (mine, other) =
      followsExpert ? (expertCost, engineCost) : (engineCost, expertCost)
    let slack = Double(engine.configuration.capacity) * largest
    guard mine > factor * other + slack else { return }
    followsExpert.toggle()
    switches += 1
    for page in 0..<engine.pageCount where cache.present[page] {
      cache.update(page, held: followsExpert ? expert.isPresent(page) : engine.isPresent(page))
    }
  }
}

/// When one expert is left for the other.
enum SwitchedPolicyFactor {
  /// Of section 12.
  static let predictions = 2.0
  /// Small, because the frequency-aware expert is either good or, on loops, far behind.
  static let frequency = 1.1
}
