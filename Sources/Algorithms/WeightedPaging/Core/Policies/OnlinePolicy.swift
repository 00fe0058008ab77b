/// One cache that serves requests as they come. Pages are dense indices, made known in order.
protocol OnlinePolicy: Sendable {
  /// Makes the next page known. `weight` where true weights are given.
  mutating func addPage(weight: Double?)
  /// Serves a request: afterwards the page is present; at most one other page left.
  mutating func serve(_ page: Int) -> Served
  /// The predicted time of the next request of the page about to be served; most do not care.
  mutating func predict(_ next: Double)
  /// A measured cost of a known page; policies that learn nothing ignore it.
  @discardableResult
  mutating func observe(_ cost: Double, page: Int) -> SampleUse
}

extension OnlinePolicy {
  mutating func predict(_ next: Double) {}
}

/// What a policy did with one request.
struct Served: Sendable {
  var hit: Bool
  /// -1: none.
  var evicted = -1
  /// Extra measurements wanted (mode `interface`).
  var probes = 0
}

extension PagingEngine: OnlinePolicy {
  mutating func addPage(weight: Double?) {
    let _: Int = addPage(weight: weight)
  }

  mutating func serve(_ page: Int) -> Served {
    let decision = request(page)
    return Served(hit: decision.hit, evicted: decision.evicted ?? -1, probes: decision.probes)
  }

  mutating func observe(_ cost: Double, page: Int) -> SampleUse {
    // A simulation draws positive costs below 2^40 W; a session checks before it comes here.
    do { return try report(cost, page: page) } catch { return .discarded }
  }
}
