/// One row of the table over penalties.
public struct PenaltyRow: Sendable, Equatable {
  public let penalty: Double
  /// Noise, bias and their sum; `nil` where no bootstrap was asked for.
  public let psi: Double?
  public let phi: Double?
  public let total: Double?
  /// Target labels that differ from the target-only ones.
  public let changed: Int
  /// Target labels that differ from the pooled ones.
  public let unpooled: Int
  /// The joint objective at its minimising labels.
  public let objective: Double
}

/// The labels of a target and how they were come by.
public struct TransferResult: Sendable {
  /// K.
  public var classes: Int
  /// `(n)`, `0..<K`.
  public var labels: [Int]
  /// `(n × K)`, rows sum to 1.
  public var posterior: ClassTable
  /// Labels of the source that go with the target's; `nil` without a source.
  public var sourceLabels: [Int]?
  public var targetOnlyLabels: [Int]
  public var pooledLabels: [Int]?
  /// The smallest penalty from which a subject has its pooled label.
  public var switchPoints: [Double]?
  /// The penalty that the labels stand for; `nil` without a source.
  public var penalty: Double?
  /// Its place in the table, where it was chosen from one.
  public var penaltyIndex: Int?
  public var table: [PenaltyRow]
  /// Share of subjects whose two labels differ at the chosen penalty.
  public var chosenMismatch: Double?
  /// The same between the two independent fits.
  public var independentMismatch: Double?
  /// The rate estimated by expectation–maximisation.
  public var estimatedMismatch: Double?
  /// Share of subjects on which the aligned independent fits agree.
  public var alignmentAgreement: Double?
  public var targetModel: ClassModel
  public var sourceModel: ClassModel?
  /// Of the target's own fit, also where a joint one gave the labels.
  public var targetFit: FitSummary
  public var sourceFit: FitSummary?
  /// Of each number of classes that was tried: its fit, or why there is none.
  public var tried: [TriedClasses]
  public var warnings: [String]
}

/// One number of classes of a range.
public struct TriedClasses: Sendable {
  /// K.
  public let classes: Int
  /// `nil` where the data gave no such model.
  public let fit: FitSummary?
}
