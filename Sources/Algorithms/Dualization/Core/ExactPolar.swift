import Compute
package import LinearAlgebra

/// U_r V_rᵀ in float64: by singular value decomposition up to order 768, above by the weighted Halley
/// iteration. The decomposition is the cheaper one (measured at orders 768 and 1024: 0.17 and 0.42 s
/// of one thread against 0.41 and 0.96 s of all together), but one call of LAPACK's, which neither
/// stops, tells how far it is nor takes a second thread: from some 250 ms on that counts for more.
///
/// The r singular values above the rank tolerance times σ₁ count. Relative error about eps · κ.
package enum ExactPolar {
  package struct Outcome {
    package let factor: Matrix<Double>
    package let rank: Int
    /// Σσ of all singular values.
    package let nuclearNorm: Double
    /// σ₁ / σ_r.
    package let condition: Double
    /// Of an iteration; 0 for the decomposition.
    package var steps = 0
  }

  /// Largest smaller side that is decomposed in one call.
  package static let decomposed = 768

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
