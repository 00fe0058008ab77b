extension PagingSession {
  /// What a session is made with (specs/paging.md, section 6).
  public struct Configuration: Sendable, Equatable {
    /// Capacity, states, mode, bounds, confidence, scale and horizon. `knownWeights` is ignored:
    /// the policy decides.
    public var engine: PagingEngine.Configuration
    public var policy: PagingPolicy
    public var costModel: CostModel
    /// Decides every coin; two sessions with equal configurations and inputs answer alike.
    public var seed: UInt64
    /// Weights by the pages' text, where they are known; a page not listed weighs `maxCost`.
    public var weights: [String: Double]
    /// Pages remembered; past it the absent one longest not requested is forgotten. 0: none is.
    public var maxPages: Int

    public init(
      engine: PagingEngine.Configuration, policy: PagingPolicy = .owp,
      costModel: CostModel = .fetch, seed: UInt64, weights: [String: Double] = [:],
      maxPages: Int = 0
    ) {
      self.engine = engine
      self.policy = policy
      self.costModel = costModel
      self.seed = seed
      self.weights = weights
      self.maxPages = maxPages
    }

    /// What does not go together; empty when a session can be made.
    func issues() -> [PagingSessionError] {
      var issues: [PagingSessionError] = []
      if policy.needsFuture {
        issues.append(.policy(policy, "needs the future: it can only be simulated"))
      }
      if policy.needsWeights, weights.isEmpty {
        issues.append(.policy(policy, "needs weights"))
      }
      if !weights.isEmpty,
        [.owp, .owpPredictions, .owpFrequency, .landlordMean, .gdsfMean].contains(policy)
      {
        issues.append(.policy(policy, "learns costs: weights are for bbn, landlord, gdsf"))
      }
      if maxPages != 0, maxPages <= engine.capacity || maxPages > PagingSession.mostPages {
        issues.append(.maxPages(maxPages, capacity: engine.capacity))
      }
      let largest = engine.maxCost * PagingEngine.largestGrowth
      for (page, weight) in weights
      where !(weight > 0 && weight <= largest) || page.utf8.count > PageID.longest {
        issues.append(.weight(page, weight))
      }
      return issues
    }
  }
}
