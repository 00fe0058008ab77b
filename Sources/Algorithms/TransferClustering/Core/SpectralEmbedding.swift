package import Compute
import Glibc
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

  /// Below this size the whole spectrum is cheap (0.1 s at 500 nodes).
  package static let denseLimit = 500

  /// - Returns: eigenvalues by falling magnitude, and the vectors as the columns of `(n × count)`.
  /// - Throws: `notConverged`, `stopped`.
  /// - Complexity: O(n³) up to `denseLimit` nodes, else O(steps · (E + n count) · count).
  package static func leading(
    _ network: Network, _ kind: Operator, count: Int, generator: RandomGenerator,
    denseLimit: Int = denseLimit,
    in context: ComputeContext
  ) throws(TransferClusteringError) -> (values: [Double], vectors: Matrix<Double>) {
    let scale = scaling(network, kind)
    do throws(LinearAlgebraError) {
      if network.nodes <= denseLimit {
        return try dense(network, scale, count: count)
      }
    } catch {
      throw .notConverged(routine: "symmetric eigenvectors")
    }
    return try iterated(network, scale, count: count, generator: generator, in: context)
  }

  /// D^-1/2, or ones.
  private static func scaling(_ network: Network, _ kind: Operator) -> [Double] {
    guard kind == .regularisedLaplacian else {
      return Array(repeating: 1, count: network.nodes)
    }
    let mean = 2 * Double(network.edgeCount) / Double(max(network.nodes, 1))
    return network.degrees.map { 1 / (Double($0) + mean).squareRoot() }
  }

  private static func dense(
    _ network: Network, _ scale: [Double], count: Int
  ) throws(LinearAlgebraError) -> (values: [Double], vectors: Matrix<Double>) {
    let n = network.nodes
    let matrix = Matrix<Double>(rows: n, columns: n) { out in
      out.update(repeating: 0)
      for node in 0..<n {
        for place in network.starts[node]..<network.starts[node + 1] {
          let other = Int(network.neighbours[place])
          out[node * n + other] = scale[node] * scale[other]
        }
      }
    }
    let eigen = try SymmetricEigen(matrix)
    let order = eigen.values.indices.sorted { abs(eigen.values[$0]) > abs(eigen.values[$1]) }
    let chosen = order.prefix(count)
    return (
      chosen.map { eigen.values[$0] },
      Matrix(rows: n, columns: chosen.count) { row, column in
        eigen.vectorRows[chosen[column], row]
      }
    )
  }

  /// Subspace iteration with Rayleigh–Ritz on a block a little wider than asked for; eight products
  /// with the matrix between two orthonormalisations would overflow nothing, two are used.
  private static func iterated(
    _ network: Network, _ scale: [Double], count: Int, generator: RandomGenerator,
    in context: ComputeContext
  ) throws(TransferClusteringError) -> (values: [Double], vectors: Matrix<Double>) {
    let n = network.nodes
    let width = min(n, count + 8)
    var generator = generator
    var basis = Matrix(rows: n, columns: width, elements: generator.normals(n * width))
    var values = [Double](repeating: 0, count: width)
    for _ in 0..<300 {
      try context.checkpointForClustering()
      let q = QR(apply(network, scale, apply(network, scale, basis))).q
      let image = apply(network, scale, q)
      let eigen: SymmetricEigen<Double>
      do throws(LinearAlgebraError) {
        eigen = try SymmetricEigen(q.transposedTimes(image))
      } catch {
        throw .notConverged(routine: "symmetric eigenvectors")
      }
      let order = eigen.values.indices.sorted { abs(eigen.values[$0]) > abs(eigen.values[$1]) }
      let rotation = Matrix<Double>(rows: width, columns: width) { row, column in
        eigen.vectorRows[order[column], row]
      }
      basis = q.times(rotation)
      let before = values
      values = order.map { eigen.values[$0] }
      let largest = abs(values[0])
      let moved = zip(before, values).prefix(count).map { abs($0 - $1) }.max() ?? 0
      // Eigenvalues converge twice as fast as vectors: 1e-9 leaves 3e-5 in the vectors, far below
      // the noise of the classes.
      if moved <= 1e-9 * max(largest, Double.leastNormalMagnitude) { break }
    }
    return (
      Array(values.prefix(count)), basis.block(rows: 0..<n, columns: 0..<min(count, width))
    )
  }

  private static func apply(
    _ network: Network, _ scale: [Double], _ x: Matrix<Double>
  ) -> Matrix<Double> {
    let width = x.columns
    return Matrix<Double>(rows: network.nodes, columns: width) { out in
      out.update(repeating: 0)
      x.withElements { x in
        network.neighbours.withUnsafeBufferPointer { neighbours in
          for node in 0..<network.nodes {
            for place in network.starts[node]..<network.starts[node + 1] {
              let other = Int(neighbours[place])
              let factor = scale[node] * scale[other]
              for column in 0..<width {
                out[node * width + column] += factor * x[other * width + column]
              }
            }
          }
        }
      }
    }
  }
}
