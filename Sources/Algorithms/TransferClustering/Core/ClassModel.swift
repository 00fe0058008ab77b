public import Compute
import LinearAlgebra

/// A fitted model of one data set: what the transfer needs of it, whatever its family.
public enum ClassModel: Sendable, Equatable {
  case gaussian(GaussianMixture)
  case network(BlockModel)
  case latent(LatentClassModel)

  /// K.
  public var classes: Int { weights.count }

  /// π `(K)`.
  public var weights: [Double] {
    switch self {
    case .gaussian(let model): model.weights
    case .network(let model): model.weights
    case .latent(let model): model.weights
    }
  }

  /// Fits the family of the data.
  ///
  /// - Parameter stream: the first of 2^20 random streams that are this fit's own.
  public static func fit(
    _ data: SubjectData, classes: Int, options: FitOptions, stream: UInt64,
    in context: ComputeContext
  ) throws(TransferClusteringError) -> (ClassModel, FitSummary) {
    switch data {
    case .points(let points, let form):
      let (model, summary) = try GaussianMixture.fit(
        points, classes: classes, form: form, options: options, stream: stream, in: context)
      return (.gaussian(model), summary)
    case .network(let network, let likelihood):
      let (model, summary) = try BlockModel.fit(
        network, classes: classes, likelihood: likelihood, options: options, stream: stream,
        in: context)
      return (.network(model), summary)
    case .items(let items):
      let (model, summary) = try LatentClassModel.fit(
        items, classes: classes, options: options, stream: stream, in: context)
      return (.latent(model), summary)
    }
  }

  /// log density of each subject under each class, `(n × K)`; the data are of the model's family.
  public func logDensities(_ data: SubjectData) throws(TransferClusteringError) -> ClassTable {
    switch (self, data) {
    case (.gaussian(let model), .points(let points, _)):
      return try model.logDensities(points)
    case (.network(let model), .network(let network, _)):
      return model.logDensities(network)
    case (.latent(let model), .items(let items)):
      return model.logDensities(items)
    default:
      preconditionFailure("a model reads data of its own family")
    }
  }

  /// Renames the classes: class k becomes `names[k]`.
  public func renamed(_ names: [Int]) -> ClassModel {
    switch self {
    case .gaussian(let model): .gaussian(model.renamed(names))
    case .network(let model): .network(model.renamed(names))
    case .latent(let model): .latent(model.renamed(names))
    }
  }
}
