import Compute

/// Draws data for fixed labels from a fitted model, many times, and tells what the model thinks of
/// them: negative log posteriors (n × K), as `TransferObjective` takes them. What does not change
/// from draw to draw is prepared once.
enum ModelSimulator: Sendable {
  case gaussian(GaussianSimulator)
  /// Where the tables of all pairs of classes would be too large: point by point.
  case points(GaussianDensity, labels: [Int])
  case network(NetworkSimulator)
  case latent(LatentSimulator)

  /// - Parameter labels: the classes of the subjects `(n)`, below the model's K.
  /// - Throws: `singularCovariance`.
  init(
    _ model: ClassModel, data: SubjectData, labels: [Int]
  ) throws(TransferClusteringError) {
    switch (model, data) {
    case (.gaussian(let mixture), _):
      if GaussianSimulator.suits(mixture) {
        self = .gaussian(try GaussianSimulator(mixture, labels: labels))
      } else {
        self = .points(try GaussianDensity(mixture), labels: labels)
      }
    case (.network(let blocks), _):
      self = .network(NetworkSimulator(blocks, labels: labels))
    case (.latent(let classes), .items(let items)):
      self = .latent(LatentSimulator(classes, missingAsIn: items, labels: labels))
    default:
      preconditionFailure("a model draws data of its own family")
    }
  }

  /// -log density - log weight of a fresh draw.
  func costs(
    _ stream: inout DrawStream, in context: ComputeContext
  ) throws(TransferClusteringError) -> ClassTable {
    switch self {
    case .gaussian(let simulator):
      return simulator.costs(&stream)
    case .points(let density, let labels):
      return MixtureStep.negativeLogPosteriors(
        density.logDensities(density.draw(labels: labels, &stream)),
        weights: density.mixture.weights)
    case .network(let simulator):
      return try simulator.costs(&stream, in: context)
    case .latent(let simulator):
      return simulator.costs(&stream)
    }
  }
}
