public import AlgorithmInterface
import BlockCompressionAPI
import DualizationAPI
import OrderedCollections
import TransferClusteringAPI
import WeightedPagingAPI

/// The algorithms that this program offers, by id, in the order in which they are listed.
public struct Catalogue: Sendable {
  private let algorithms: OrderedDictionary<String, any Algorithm>
  /// The kernels that the linear algebra library chose for this processor. Results may differ in
  /// their last bits between kinds, so it is part of every digest.
  public let processor: String

  /// Algorithms with distinct ids.
  public init(_ algorithms: [any Algorithm], processor: String) {
    self.algorithms = OrderedDictionary(algorithms.map { ($0.id, $0) }) { _, later in later }
    self.processor = processor
  }

  /// The product's own: one line for each.
  ///
  /// - Parameter partBytes: memory for parts of computations that later ones may share.
  public static func standard(processor: String, partBytes: Int = 0) -> Catalogue {
    Catalogue(
      [
        DualizeAlgorithm(cache: partBytes),
        BlastAlgorithm(),
        ClusterAlgorithm(),
        PagingAlgorithm(),
      ], processor: processor)
  }

  public var ids: [String] { Array(algorithms.keys) }

  public var all: [any Algorithm] { Array(algorithms.values) }

  public subscript(id: String) -> (any Algorithm)? { algorithms[id] }
}
