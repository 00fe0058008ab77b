import Compute
import LinearAlgebra

/// U_r V_rᵀ in float64: by singular value decomposition up to order 512, above by the weighted Halley
/// iteration, which uses all threads and can be stopped (LAPACK's one call takes 0.4 s at order 1024).
///
/// The r singular values above the rank tolerance times σ₁ count. Relative error about eps · κ.
enum ExactPolar {
  struct Outcome {
    let factor: Matrix<Double>
    let rank: Int
    /// Σσ of all singular values.
    let nuclearNorm: Double
    /// σ₁ / σ_r.
    let condition: Double
    /// Of an iteration; 0 for the decomposition.
    var steps = 0
  }

  /// Largest smaller side that is decomposed in one call, some 60 ms.
  static let decomposed = 512

  static func polar(
    of g: Matrix<Double>, rankTolerance: Double, in context: ComputeContext
  ) throws(DualizationError) -> Outcome {
    try context.pause(0)
    if min(g.rows, g.columns) > decomposed {
      return try WeightedHalleyPolar.polar(of: g, rankTolerance: rankTolerance, in: context)
    }
    let svd = try decomposing { () throws(LinearAlgebraError) in try SVD(g) }
    try context.pause(0.8)
    let largest = svd.values[0]
    let rank = max(1, svd.values.count { $0 > rankTolerance * largest })
    let factor = try stoppable { () throws(ComputationStopped) in
      rank == svd.values.count
        ? try svd.u.times(svd.vTransposed, in: context)
        : try svd.u.block(rows: 0..<g.rows, columns: 0..<rank).times(
          svd.vTransposed.block(rows: 0..<rank, columns: 0..<g.columns), in: context)
    }
    return Outcome(
      factor: factor, rank: rank, nuclearNorm: svd.values.reduce(0, +),
      condition: largest / svd.values[rank - 1])
  }
}
