public import Compute

/// Why a clustering ended without labels.
public enum TransferClusteringError: Error, Equatable, Sendable {
  /// The context asked to stop.
  case stopped(ComputationStopped)
  /// A covariance matrix is not positive definite even with its ridge.
  case singularCovariance(label: Int, form: CovarianceForm)
  /// A class lost all its subjects and could not be seeded again.
  case classCollapsed(label: Int, family: String)
  /// A decomposition did not converge.
  case notConverged(routine: String)
}
