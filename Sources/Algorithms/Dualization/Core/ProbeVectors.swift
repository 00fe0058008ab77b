import Compute
import LinearAlgebra
import Synchronization

/// The random vectors of probes, kept: drawing them takes as long as measuring a matrix of order 256
/// with them, and a request's matrices have few different orders.
enum ProbeVectors {
  private struct Key: Hashable {
    let seed: UInt64
    let order: Int
  }

  private static let known = Mutex<[Key: Matrix<Double>]>([:])
  /// Numbers kept at most (8 MB); beyond, all are forgotten.
  private static let limit = 1 << 20

  /// (order × count) normal numbers of the context's seed; the same whatever was asked before.
  static func normal(order: Int, count: Int, in context: ComputeContext) -> Matrix<Double> {
    let key = Key(seed: context.seed, order: order)
    if let vectors = known.withLock({ $0[key] }), vectors.columns == count { return vectors }
    var generator = context.generator(stream: 0x7665_7269)
    let vectors = Matrix(
      rows: order, columns: count, elements: generator.normals(order * count))
    known.withLock { known in
      if known.values.reduce(vectors.count, { $0 + $1.count }) > limit { known.removeAll() }
      if vectors.count <= limit { known[key] = vectors }
    }
    return vectors
  }
}
