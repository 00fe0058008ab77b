import LinearAlgebra

/// Solves symmetric positive semidefinite systems, as normal equations give them.
struct GramSystem<Scalar: Real>: Sendable {
  /// Added to each diagonal, as a multiple of its mean.
  let ridge: Double

  /// X ← X G⁻¹ for the rows of X (p × r), G symmetric positive semidefinite with its lower triangle
  /// filled; directions in which G vanishes get zero.
  func solve(_ gram: Matrix<Scalar>, rows x: MutableMatrixView<Scalar>) {
    var system = gram
    let mean = gram.trace / Double(max(gram.rows, 1))
    guard mean > 0, mean.isFinite else {
      fill(x, with: 0)
      return
    }
    var isFactored = true
    system.withMutableView { view in
      if ridge > 0 { addToDiagonal(Scalar(ridge * mean), of: view) }
      do throws(LinearAlgebraError) {
        try factorCholesky(view)
      } catch {
        isFactored = false
      }
      if isFactored { solveCholesky(view.readOnly, rows: x) }
    }
    if !isFactored { solveBySpectrum(gram, rows: x) }
  }

  /// The least solution by eigenvectors: for systems that are singular to working precision.
  private func solveBySpectrum(_ gram: Matrix<Scalar>, rows x: MutableMatrixView<Scalar>) {
    // In double, whatever the factors are: it is rare, and small.
    var full = Matrix<Double>(converting: gram)
    full.withMutableView { mirrorLower($0) }
    guard let eigen = try? SymmetricEigen(full), let largest = eigen.values.last, largest > 0
    else {
      fill(x, with: 0)
      return
    }
    let cut = largest * Double(gram.rows) * Double(Scalar.ulpOfOne)
    let old = Matrix<Double>(converting: Matrix<Scalar>(x.readOnly))
    var coordinates = old.timesTransposed(eigen.vectorRows)  // (p × r)
    coordinates.withMutableView { view in
      scaleColumns(view, by: eigen.values.map { $0 > cut ? 1 / $0 : 0 })
    }
    let solution = Matrix<Scalar>(converting: coordinates.times(eigen.vectorRows))
    solution.withView { copy($0, into: x) }
  }
}
