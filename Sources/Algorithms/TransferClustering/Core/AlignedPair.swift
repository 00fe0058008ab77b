/// Two independent fits of the same subjects, the source's classes renamed to the target's.
struct AlignedPair: Sendable {
  let targetModel: ClassModel
  /// With the target's names of the classes.
  let sourceModel: ClassModel
  /// log densities without class weights, `(n × K)` each.
  let targetDensities: ClassTable
  let sourceDensities: ClassTable
  let objective: TransferObjective
  /// The source's own labels `(n)`, by the target's names.
  let sourceLabels: [Int]
  /// Share of subjects on which the two independent labellings agree after the renaming.
  let agreement: Double

  /// Matches the classes by the assignment of greatest agreement of the hard labels.
  ///
  /// - Parameter targetTable: negative log posteriors of the target.
  init(
    target: SubjectData, source: SubjectData, targetModel: ClassModel, sourceModel: ClassModel,
    targetTable: ClassTable
  ) throws(TransferClusteringError) {
    let sourceTable = MixtureStep.negativeLogPosteriors(
      try sourceModel.logDensities(source), weights: sourceModel.weights)
    let alone = sourceTable.smallest()
    let contingency = ContingencyTable(
      alone, targetTable.smallest(), classes: targetModel.classes)
    let names = contingency.bestNames()
    agreement =
      Double(contingency.agreements(under: names)) / Double(max(targetTable.subjects, 1))
    sourceLabels = alone.map { names[$0] }
    self.targetModel = targetModel
    self.sourceModel = sourceModel.renamed(names)
    targetDensities = try targetModel.logDensities(target)
    sourceDensities = try self.sourceModel.logDensities(source)
    objective = TransferObjective(target: targetTable, source: sourceTable.renamed(names))
  }

  /// What a reader should know before trusting the transfer.
  func warnings(estimated rate: Double?) -> [String] {
    let classes = targetModel.classes
    let chance = 1 - 1 / Double(classes)
    var warnings: [String] = []
    if let rate, rate >= 0.9 * chance {
      warnings.append(
        "the estimated mismatch rate \(rate) is near \(chance), that of unrelated labels: the "
          + "source probably says nothing about the target")
    }
    if 1 - agreement >= 0.9 * chance {
      warnings.append(
        "the two independent fits agree on only \(agreement) of the subjects after the best "
          + "renaming: the matching of their classes is close to arbitrary")
    }
    return warnings
  }
}
