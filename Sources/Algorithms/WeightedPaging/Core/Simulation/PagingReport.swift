/// What a simulation found.
public struct PagingReport: Sendable, Equatable {
  /// One policy at one capacity; means over the replications.
  public struct Row: Sendable, Equatable {
    public let policy: PagingPolicy
    public let capacity: Int
    public let runs: Int
    /// Of `opt` only the cost that was minimised is there.
    public var fetchCost: Double?
    public var evictCost: Double?
    public var misses: Double?
    public var probes = 0.0
    public var probeCost = 0.0
    /// Standard error of the mean of the cost asked for; 0 for one run.
    public var standardError = 0.0
    /// The cost asked for, probes included, over the optimum; nil where the optimum is 0 or absent.
    public var ratioToOptimum: Double?
    public var requestsPerSecond = 0.0
    /// The engine's figures; nil for the other policies.
    public var fractionalCost: Double?
    public var owedMost: Double?
    public var quanta: Double?
    public var swaps: Double?
    public var rescales: Double?
    /// Fractional cost above that of known weights; only where `bbn` ran as well.
    public var regret: Double?
  }

  /// The optimum at one capacity.
  public struct Optimum: Sendable, Equatable {
    public let capacity: Int
    public let cost: Double
    /// False: a lower bound.
    public let exact: Bool
    /// Requests paid for in one optimal schedule; nil for a bound.
    public let misses: Int?
    public let seconds: Double
  }

  /// Cumulative cost of one policy at one capacity, the mean over the replications.
  public struct Curve: Sendable, Equatable {
    public let policy: PagingPolicy
    public let capacity: Int
    public let requests: [Int]
    public let cost: [Double]
  }

  /// Capacities in the order asked for, then policies.
  public internal(set) var rows: [Row] = []
  public internal(set) var optima: [Optimum] = []
  public internal(set) var curves: [Curve] = []

  mutating func add(
    _ policy: PagingPolicy, _ capacity: Int, _ runs: [PagingRun], model: CostModel
  ) {
    func mean(_ value: (PagingRun) -> Double) -> Double {
      runs.reduce(0) { $0 + value($1) } / Double(runs.count)
    }
    let cost: (PagingRun) -> Double = { model == .fetch ? $0.fetchCost : $0.evictCost }
    var row = Row(policy: policy, capacity: capacity, runs: runs.count)
    row.fetchCost = mean(\.fetchCost)
    row.evictCost = mean(\.evictCost)
    row.misses = mean { Double($0.misses) }
    row.probes = mean { Double($0.probes) }
    row.probeCost = mean(\.probeCost)
    row.requestsPerSecond = mean { Double($0.requests) / max($0.seconds, 1e-9) }
    let average = mean(cost)
    if runs.count > 1 {
      let squares = runs.reduce(0) { $0 + (cost($1) - average) * (cost($1) - average) }
      row.standardError = (squares / Double((runs.count - 1) * runs.count)).squareRoot()
    }
    if let optimum = optima.first(where: { $0.capacity == capacity }), optimum.cost > 0 {
      row.ratioToOptimum = (average + row.probeCost) / optimum.cost
    }
    let figures = runs.compactMap(\.engine)
    if figures.count == runs.count {
      let share = 1 / Double(figures.count)
      row.fractionalCost = figures.reduce(0) { $0 + $1.fractionalCost } * share
      row.owedMost = figures.reduce(0) { $0 + Double($1.owedMost) } * share
      row.quanta = figures.reduce(0) { $0 + Double($1.quanta) } * share
      row.swaps = figures.reduce(0) { $0 + Double($1.swaps) } * share
      row.rescales = figures.reduce(0) { $0 + Double($1.rescales) } * share
    }
    rows.append(row)
  }

  /// Rows for the policy `opt`, from the optima.
  mutating func addOptimumRows(requests: Int, model: CostModel) {
    for optimum in optima {
      var row = Row(policy: .opt, capacity: optimum.capacity, runs: 1)
      if model == .fetch { row.fetchCost = optimum.cost } else { row.evictCost = optimum.cost }
      row.misses = optimum.misses.map(Double.init)
      row.ratioToOptimum = optimum.exact ? 1 : nil
      row.requestsPerSecond = Double(requests) / max(optimum.seconds, 1e-9)
      rows.append(row)
    }
  }

  /// Regret of `owp` where `bbn` ran at the same capacity.
  mutating func addRegret() {
    for index in rows.indices where rows[index].policy == .owp {
      let known = rows.first { $0.policy == .bbn && $0.capacity == rows[index].capacity }
      if let mine = rows[index].fractionalCost, let known = known?.fractionalCost {
        rows[index].regret = mine - known
      }
    }
  }
}
