/// How the target's labels are chosen once both data sets are fitted.
public enum SelectionRule: Sendable, Equatable {
  /// The paper's rule: parametric bootstrap and Goldenshluger–Lepski over a grid of penalties. A
  /// grid of `nil` takes the data's own switch points.
  case bootstrap(replicates: Int, quantile: Double, grid: [Double]?)
  /// Estimate the mismatch rate with the densities fixed. Not the paper's; safe where the source is
  /// unrelated.
  case mismatchRate
  /// Estimate the mismatch rate and both models together. Not the paper's; best where the labels
  /// mostly agree, worse than the target alone where they do not.
  case joint
  /// A given penalty; infinity pools.
  case fixed(Double)
  /// The target alone.
  case none
}

/// By which criterion the number of classes is chosen, the smaller the better.
public enum ClassCriterion: String, Sendable, CaseIterable {
  case bic, icl, aic

  func value(_ summary: FitSummary) -> Double {
    switch self {
    case .bic: summary.bic
    case .icl: summary.icl
    case .aic: summary.aic
    }
  }
}

/// Everything a clustering is asked for beside its data.
public struct TransferOptions: Sendable, Equatable {
  /// K, or the range it is chosen from.
  public var classes: ClosedRange<Int>
  public var criterion = ClassCriterion.bic
  public var rule = SelectionRule.bootstrap(replicates: 500, quantile: 0.9, grid: nil)
  public var fit = FitOptions()
  /// How often the bootstrap's state is kept over a crash.
  package var saveInterval = Duration.seconds(2)

  public init(classes: ClosedRange<Int>) {
    self.classes = classes
  }
}
