/// How models are fitted; the defaults are those of API.md.
public struct FitOptions: Sendable, Equatable {
  /// Independent starts; the best likelihood is kept.
  public var restarts = 10
  public var maximumIterations = 100
  /// Gaussian mixtures stop when the mean log likelihood moves by less.
  ///
  /// Not tighter: with full covariances a long run climbs to spurious, worse optima.
  public var mixtureTolerance = 1e-3
  /// Latent class models stop when the mean log likelihood moves by less.
  public var latentTolerance = 1e-6
  /// Added to Gaussian variances, as a multiple of the mean variance of the data.
  public var relativeRidge = 1e-6
  /// Pseudo-counts of a block of a network.
  public var blockSmoothing = 0.5
  /// Pseudo-counts of an item's category.
  public var latentSmoothing = 0.01

  public init() {}
}
