package import Compute
package import LinearAlgebra

/// The leading eigenvectors of a network, by the magnitude of their eigenvalues.
package enum SpectralEmbedding {
  /// Which matrix's eigenvectors.
  package enum Operator: Sendable {
    /// A.
    case adjacency
    /// D^-1/2 A D^-1/2 with D = degree + mean degree.
    case regularisedLaplacian
  }

  /// Residuals relative to the largest eigenvalue. Vectors are then right to 1e-5 over their gap,
  /// far below the noise of the classes.
  private static let tolerance = 1e-5

  /// Where the last eigenvalues asked for lie in the bulk of the noise, no number of steps tells
  /// them from their neighbours, and it does not matter which of them come back.
  private static let maximumSteps = 30

  /// - Returns: eigenvalues by falling magnitude, and the vectors as the columns of `(n × count)`.
  /// - Throws: `notConverged` from the decomposition of a small matrix, `stopped`.
  /// - Complexity: see `LeadingEigen`; a product costs O(E · columns).
  package static func leading(
    _ network: Network, _ kind: Operator, count: Int, stream: UInt64, in context: ComputeContext
  ) throws(TransferClusteringError) -> (values: [Double], vectors: Matrix<Double>) {
    let scale = scaling(network, kind)
    do throws(InterruptibleError) {
      let eigen = try LeadingEigen<Double>(
        order: network.nodes, count: min(count, network.nodes), tolerance: tolerance,
        maximumSteps: maximumSteps, stream: stream, in: context
      ) { x, y throws(ComputationStopped) in
        try context.checkpoint()
        network.multiply(x, into: y, scaledBy: scale)
      }
      return (eigen.values, eigen.vectors)
    } catch {
      switch error {
      case .stopped(let stopped): throw .stopped(stopped)
      case .failed: throw .notConverged(routine: "symmetric eigenvectors")
      }
    }
  }

  /// D^-1/2, or ones.
  private static func scaling(_ network: Network, _ kind: Operator) -> [Double] {
    guard kind == .regularisedLaplacian else {
      return Array(repeating: 1, count: network.nodes)
    }
    let mean = 2 * Double(network.edgeCount) / Double(max(network.nodes, 1))
    return network.degrees.map { 1 / (Double($0) + mean).squareRoot() }
  }
}

extension Network {
  /// Y ← S A S X with S the diagonal matrix of `scale`, both `(n × p)` row-major.
  ///
  /// - Complexity: O(E p).
  fileprivate func multiply(
    _ x: MatrixView<Double>, into y: MutableMatrixView<Double>, scaledBy scale: [Double]
  ) {
    let width = x.columns
    neighbours.withUnsafeBufferPointer { neighbours in
      scale.withUnsafeBufferPointer { scale in
        for node in 0..<nodes {
          let out = y.row(node)
          for column in 0..<width { out[column] = 0 }
          for place in starts[node]..<starts[node + 1] {
            let other = Int(neighbours[place])
            let factor = scale[other]
            let row = x.row(other)
            for column in 0..<width { out[column] += factor * row[column] }
          }
          for column in 0..<width { out[column] *= scale[node] }
        }
      }
    }
  }
}
