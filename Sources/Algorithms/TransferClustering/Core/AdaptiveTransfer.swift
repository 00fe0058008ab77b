public import Compute

/// Adaptive transfer clustering (arXiv 2410.21263): labels of a target data set, helped by a source
/// about the same subjects as far as it helps.
///
/// Both are fitted on their own, the source's classes are aligned with the target's, and a rule
/// chooses how strongly a pair of different labels is penalised.
public enum AdaptiveTransfer {
  /// Random streams of the parts; 2^32 each.
  enum Stream {
    static let target: UInt64 = 1 << 32
    static let source: UInt64 = 2 << 32
    static let bootstrap: UInt64 = 3 << 32
  }

  /// Runs the whole analysis.
  ///
  /// - Parameter source: `nil` clusters the target alone.
  /// - Throws: `singularCovariance`, `classCollapsed`, `notConverged`; `stopped`.
  /// - Complexity: the fits, and O(B n K d²) for a bootstrap of Gaussian data (see
  ///   `PenaltyBootstrap`).
  public static func run(
    target: SubjectData, source: SubjectData?, options: TransferOptions,
    in context: ComputeContext
  ) throws(TransferClusteringError) -> TransferResult {
    let fitting = context.section(from: 0, to: 0.4)
    let (targetModel, targetFit, tried) = try fitTarget(
      target, options: options, in: fitting.section(from: 0, to: source == nil ? 1 : 0.5))
    let targetTable = MixtureStep.negativeLogPosteriors(
      try targetModel.logDensities(target), weights: targetModel.weights)
    var base = alone(targetModel, targetFit, targetTable)
    base.tried = tried
    guard let source else { return base }
    precondition(target.subjects == source.subjects, "both data sets are about the same subjects")
    let (fitted, sourceFit) = try ClassModel.fit(
      source, classes: targetModel.classes, options: options.fit, stream: Stream.source,
      in: fitting.section(from: 0.5, to: 1))
    let aligned = try AlignedPair(
      target: target, source: source, targetModel: targetModel, sourceModel: fitted,
      targetTable: targetTable)
    var result = try choose(
      aligned, target: target, source: source, options: options,
      in: context.section(from: 0.4, to: 1), base: base)
    result.sourceFit = sourceFit
    result.warnings += warnings("source", aligned.sourceModel, sourceFit, aligned.sourceLabels)
    result.warnings += aligned.warnings(estimated: result.estimatedMismatch)
    return result
  }

  /// Fits the target for each number of classes asked for; the criterion's least is kept.
  private static func fitTarget(
    _ target: SubjectData, options: TransferOptions, in context: ComputeContext
  ) throws(TransferClusteringError) -> (ClassModel, FitSummary, [TriedClasses]) {
    var best: (ClassModel, FitSummary)?
    var failure: TransferClusteringError?
    var tried: [TriedClasses] = []
    let range = options.classes
    for classes in range {
      try context.checkpointForClustering(
        step: classes - range.lowerBound, of: range.count, "number of classes")
      do throws(TransferClusteringError) {
        let fit = try ClassModel.fit(
          target, classes: classes, options: options.fit,
          stream: Stream.target &+ UInt64(classes) << 20, in: context)
        tried.append(TriedClasses(classes: classes, fit: fit.1))
        if let leader = best,
          options.criterion.value(leader.1) <= options.criterion.value(fit.1)
        {
          continue
        }
        best = fit
      } catch {
        // A number of classes that cannot be fitted is out of the choice, unless it is all there is.
        if case .stopped = error { throw error }
        tried.append(TriedClasses(classes: classes, fit: nil))
        failure = error
      }
    }
    guard let best else { throw failure ?? .notConverged(routine: "no number of classes") }
    return (best.0, best.1, tried)
  }

  /// What a reader should know of a fit.
  private static func warnings(
    _ name: String, _ model: ClassModel, _ fit: FitSummary, _ labels: [Int]
  ) -> [String] {
    var warnings = fit.warnings
    if !fit.isConverged {
      warnings.append("the fit did not converge in \(fit.iterations) iterations")
    }
    let empty = Set(0..<model.classes).subtracting(labels).sorted()
    if !empty.isEmpty {
      warnings.append(
        "no subject is likeliest in class \(empty.map { "\($0)" }.joined(separator: ", "))")
    }
    return warnings.map { "\(name): \($0)" }
  }

  private static func alone(
    _ model: ClassModel, _ fit: FitSummary, _ table: ClassTable
  ) -> TransferResult {
    var posterior = ClassTable(subjects: table.subjects, classes: table.classes)
    let k = table.classes
    for subject in 0..<table.subjects {
      let row = subject * k
      let shares = TransferObjective.softmaxOfNegative(table.values[row..<row + k])
      for label in 0..<k { posterior.values[row + label] = shares[label] }
    }
    let labels = table.smallest()
    return TransferResult(
      classes: k, labels: labels, posterior: posterior, targetOnlyLabels: labels, table: [],
      targetModel: model, targetFit: fit, tried: [],
      warnings: warnings("target", model, fit, labels))
  }

  private static func choose(
    _ aligned: AlignedPair, target: SubjectData, source: SubjectData, options: TransferOptions,
    in context: ComputeContext, base: TransferResult
  ) throws(TransferClusteringError) -> TransferResult {
    let objective = aligned.objective
    var result = base
    result.sourceModel = aligned.sourceModel
    result.targetOnlyLabels = objective.targetOnlyLabels
    result.pooledLabels = objective.pooledLabels
    result.switchPoints = objective.switchPoints
    result.alignmentAgreement = aligned.agreement
    result.independentMismatch = 1 - aligned.agreement
    var estimation = MismatchEstimation(subjects: target.subjects, classes: base.classes)
    do throws(ComputationStopped) {
      try estimation.run(
        target: aligned.targetDensities, source: aligned.sourceDensities, in: context)
    } catch {
      throw .stopped(error)
    }
    result.estimatedMismatch = estimation.rate
    switch options.rule {
    case .none:
      result.take(penalty: 0, objective)
    case .fixed(let penalty):
      result.take(penalty: penalty, objective)
    case .bootstrap(let replicates, let quantile, let grid):
      let penalties = grid ?? PenaltyGrid.ofSwitchPoints(objective.switchPoints)
      let noise = try PenaltyBootstrap(
        aligned, target: target, source: source, labels: base.labels
      ).noise(
        penalties: penalties, replicates: replicates, quantile: quantile,
        saveInterval: options.saveInterval, in: context)
      let path = try PenaltyPath(objective, penalties: penalties, in: context)
      let selection = PenaltySelection(moved: path.moved, psi: noise)
      result.take(penalty: penalties[selection.chosen], objective)
      result.penaltyIndex = selection.chosen
      result.table = PenaltyGrid.table(penalties, path, selection)
      return result
    case .mismatchRate:
      result.take(estimation)
    case .joint:
      let joint = try JointEstimation(aligned, estimation: estimation)
        .run(target: target, source: source, options: options.fit, in: context)
      result.take(joint.estimation)
      result.estimatedMismatch = joint.estimation.rate
      result.targetModel = joint.targetModel
      result.sourceModel = joint.sourceModel
      result.warnings.append(
        "selection joint fits both models anew with their labels coupled: best where few labels "
          + "differ, but it can be worse than the target alone where many do")
    }
    if let penalty = result.penalty {
      result.table = PenaltyGrid.table(
        [penalty], try PenaltyPath(objective, penalties: [penalty], in: context), nil)
    }
    return result
  }
}

extension TransferResult {
  /// The minimisers at a penalty.
  fileprivate mutating func take(penalty: Double, _ objective: TransferObjective) {
    self.penalty = penalty
    labels = objective.targetLabels(at: penalty)
    let others = objective.sourceLabels(at: penalty, target: labels)
    sourceLabels = others
    posterior = objective.posterior(at: penalty)
    let count = Double(max(labels.count, 1))
    chosenMismatch = Double(zip(labels, others).count { $0 != $1 }) / count
  }

  /// The most probable labels under an estimated mismatch rate.
  fileprivate mutating func take(_ estimation: MismatchEstimation) {
    penalty = estimation.impliedPenalty
    posterior = estimation.posterior
    labels = posterior.largest()
    let others = estimation.sourcePosterior.largest()
    sourceLabels = others
    let count = Double(max(labels.count, 1))
    chosenMismatch = Double(zip(labels, others).count { $0 != $1 }) / count
  }
}
