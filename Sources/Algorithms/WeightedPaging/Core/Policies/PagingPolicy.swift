/// The policies of specs/paging.md, section 8, by the names callers use.
public enum PagingPolicy: String, Sendable, CaseIterable, Hashable {
  /// Least recently used.
  case lru
  /// First in, first out.
  case fifo
  /// Fewest requests since fetched; ties least recently used.
  case lfu
  /// Random marking: evicts a random page not requested in this phase; `2 H_k` for equal weights.
  case marking
  /// GreedyDual with known weights, `H = L + w`: k-competitive.
  case landlord
  /// GreedyDual with the empirical mean cost for w (1 before the first sample).
  case landlordMean = "landlord-mean"
  /// `H = L + f w` with known weights, f the requests since fetched.
  case gdsf
  /// GDSF with the empirical mean cost for w.
  case gdsfMean = "gdsf-mean"
  /// `H = L + w ln(1 + k U)`, U uniform anew on every request; no proof, one heap.
  case randomisedGreedyDual = "randomised-greedydual"
  /// The engine of this module with known weights (Bansal, Buchbinder, Naor): O(log k).
  case bbn
  /// The engine of this module with unknown weights: O(log k) plus regret.
  case owp
  /// `owp` and follow-the-prediction, switched by cost.
  case owpPredictions = "owp-predictions"
  /// `owp` and a frequency-aware policy that learns costs, switched by cost.
  case owpFrequency = "owp-frequency"
  /// Farthest next request first: the optimum where all weights are equal.
  case belady
  /// The exact weighted optimum by min-cost flow.
  case opt

  /// The policy reads the whole trace before it starts, so a session cannot use it.
  public var needsFuture: Bool { self == .belady || self == .opt }
  /// The policy reads true weights.
  public var needsWeights: Bool { self == .landlord || self == .gdsf || self == .bbn }
  /// Several runs differ by their coins or samples.
  public var isRandom: Bool {
    switch self {
    case .lru, .fifo, .lfu, .landlord, .gdsf, .belady, .opt: false
    default: true
    }
  }
}
