/// What a session shows of itself. Never the real state, the masks or the seed: the guarantee is
/// against requests that do not know the coins.
extension PagingSession {
  /// The whole.
  public struct View: Sendable, Equatable {
    public let stats: Stats
    /// Pages physically present.
    public let present: Int
    /// The engine's figures; nil for other policies.
    public let engine: EngineView?
  }

  /// What only the engine has.
  public struct EngineView: Sendable, Equatable {
    /// Sum of `1 - y`, and the quanta present over all states divided by their number.
    public let cachedMass: Double
    public let cachedQuanta: Double
    /// Quanta moved so far.
    public let quantaMoved: Int
    public let swaps: Int
    public let rescales: Int
    public let maxCost: Double
    /// n_hat and T_hat.
    public let assumedPages: Double
    public let assumedHorizon: Double
    public let owedMost: Int
    /// Pages forgotten because of `maxPages`.
    public let forgotten: Int
  }

  /// One page.
  public struct PageState: Sendable, Equatable {
    public let present: Bool
    /// Nil for policies without an engine.
    public let engine: PagingEngine.PageView?
  }

  var engine: PagingEngine? {
    if let engine = policy as? PagingEngine { return engine }
    if let switched = policy as? SwitchedPolicy<FrequencyPolicy> { return switched.engine }
    return (policy as? SwitchedPolicy<PredictedNextPolicy>)?.engine
  }

  public var view: View {
    View(
      stats: stats, present: pages.indices.count { policy.isPresent($0) },
      engine: engine.map { engine in
        EngineView(
          cachedMass: engine.cachedMass,
          cachedQuanta: Double(engine.cachedQuanta) / Double(configuration.engine.states),
          quantaMoved: engine.counters.quanta, swaps: engine.counters.swaps,
          rescales: engine.counters.rescales, maxCost: engine.maxCost,
          assumedPages: engine.assumedPages, assumedHorizon: engine.assumedHorizon,
          owedMost: engine.counters.owedMost, forgotten: engine.counters.forgotten)
      })
  }

  /// About how many bytes of memory the state takes: some 350 a page, its name, the tickets and the
  /// answers kept.
  public var memoryEstimate: Int {
    let decisions = answers.reduce(0) { $0 + $1.answer.decisions.count }
    return 4096 + register.nameBytes + 350 * register.count + 12 * min(tickets.next, TicketLog.kept)
      + 24 * decisions
  }

  /// The state of a page; nil where it was never requested.
  public func state(of page: PageID) -> PageState? {
    guard let index = index(of: page) else { return nil }
    return PageState(present: policy.isPresent(index), engine: engine?.view(index))
  }
}
