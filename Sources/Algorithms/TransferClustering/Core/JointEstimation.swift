import Compute
import LinearAlgebra

/// Estimation of the mismatch rate and of both models together: expectation–maximisation over the
/// pair of classes of each subject. Not the paper's rule.
struct JointEstimation: Sendable {
  private(set) var targetModel: ClassModel
  private(set) var sourceModel: ClassModel
  private(set) var estimation: MismatchEstimation

  init(_ pair: AlignedPair, estimation: MismatchEstimation) throws(TransferClusteringError) {
    targetModel = pair.targetModel
    sourceModel = pair.sourceModel
    self.estimation = estimation
  }

  /// Steps until the mean log likelihood of the pairs moves by less than 1e-6.
  func run(
    target: SubjectData, source: SubjectData, options: FitOptions, in context: ComputeContext
  ) throws(TransferClusteringError) -> JointEstimation {
    var state = self
    var before = -Double.infinity
    for iteration in 0..<options.maximumIterations {
      do throws(ComputationStopped) {
        try context.checkpoint(
          Double(iteration) / Double(options.maximumIterations), step: iteration,
          of: options.maximumIterations, message: "joint estimation")
      } catch {
        throw .stopped(error)
      }
      state.targetModel = state.targetModel.maximised(
        target, responsibilities: state.estimation.posterior, options: options)
      state.sourceModel = state.sourceModel.maximised(
        source, responsibilities: state.estimation.sourcePosterior, options: options)
      let targetDensities = try state.targetModel.logDensities(target)
      let sourceDensities = try state.sourceModel.logDensities(source)
      state.estimation.step(target: targetDensities, source: sourceDensities)
      let moved = abs(state.estimation.logLikelihood - before)
      before = state.estimation.logLikelihood
      if moved < 1e-6 * Double(max(target.subjects, 1)) { break }
    }
    return state
  }
}

extension ClassModel {
  /// One M step of the model's own family.
  fileprivate func maximised(
    _ data: SubjectData, responsibilities: ClassTable, options: FitOptions
  ) -> ClassModel {
    switch (self, data) {
    case (.gaussian(let model), .points(let points, _)):
      let ridge = options.relativeRidge * GaussianMixture.meanVariance(points)
      return .gaussian(
        GaussianMixture(
          points, responsibilities: responsibilities, form: model.form, ridge: ridge))
    case (.network(let model), .network(let network, _)):
      return .network(
        BlockModel(
          network, responsibilities: responsibilities, smoothing: options.blockSmoothing,
          likelihood: model.likelihood))
    case (.latent, .items(let items)):
      return .latent(
        LatentClassModel(
          items, responsibilities: responsibilities, smoothing: options.latentSmoothing))
    default:
      preconditionFailure("a model reads data of its own family")
    }
  }
}
