package import Compute
package import LinearAlgebra

/// The polar factor of a randomised low-rank approximation of G.
///
/// Y = G Ω with Gaussian Ω (columns × k), orthonormalised; `powerIterations` times Gᵀ then G,
/// orthonormalised each time; then the singular value decomposition of Qᵀ G (k × columns). The
/// result Q U Vᵀ has rank k; its error is at least √(1 − k/m).
///
/// Source: Halko, Martinsson and Tropp, SIAM Review 53 (2011), algorithms 4.4 and 5.1.
package enum SketchedPolar {
  package struct Outcome: Sendable {
    package let factor: Matrix<Double>
    package let rank: Int
    /// Singular values of Qᵀ G.
    package let values: [Double]
    /// ‖Qᵀ G‖_F² / ‖G‖_F².
    package let capturedEnergy: Double
  }

  static func polar(
    of g: Matrix<Double>, rank: Int, powerIterations: Int, rankTolerance: Double,
    in context: ComputeContext
  ) throws(DualizationError) -> Outcome {
    let width = min(rank, g.rows, g.columns)
    var generator = context.generator(stream: 0x736b_6574)
    let test = Matrix(
      rows: g.columns, columns: width, elements: generator.normals(g.columns * width))
    return try polar(
      of: g, test: test, powerIterations: powerIterations, rankTolerance: rankTolerance,
      in: context)
  }

  /// - Parameter test: Ω, (columns × k).
  package static func polar(
    of g: Matrix<Double>, test: Matrix<Double>, powerIterations: Int, rankTolerance: Double,
    in context: ComputeContext = ComputeContext()
  ) throws(DualizationError) -> Outcome {
    var q = QR(
      try stoppable { () throws(ComputationStopped) in try g.times(test, in: context) }
    ).q
    for pass in 0..<powerIterations {
      try context.pause(0.1 + 0.6 * Double(pass) / Double(powerIterations))
      let back = QR(
        try stoppable { () throws(ComputationStopped) in
          try g.transposedTimes(q, in: context)
        }
      ).q
      q = QR(try stoppable { () throws(ComputationStopped) in try g.times(back, in: context) }).q
    }
    try context.pause(0.7)
    let small = try stoppable { () throws(ComputationStopped) in
      try q.transposedTimes(g, in: context)
    }
    let exact = try decomposing { () throws(LinearAlgebraError) in try SVD(small) }
    let largest = exact.values.first ?? 0
    let kept = max(1, exact.values.count { $0 > rankTolerance * largest })
    let inner = exact.u.block(rows: 0..<small.rows, columns: 0..<kept).times(
      exact.vTransposed.block(rows: 0..<kept, columns: 0..<small.columns))
    return Outcome(
      factor: q.times(inner), rank: kept, values: exact.values,
      capturedEnergy: small.sumOfSquares / g.sumOfSquares)
  }
}
