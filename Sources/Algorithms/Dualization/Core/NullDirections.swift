import Compute
import LinearAlgebra

/// The eigenvectors of a symmetric positive semidefinite R (m × m) under a threshold.
///
/// Their number is the negative inertia of R − τ² I (one LDLᵀ). Few of them: block inverse
/// iteration with a factor of R; many: a full eigendecomposition.
/// Source: specification of the project, section 3.2.
struct NullDirections {
  /// Orthonormal rows, (count × m).
  let rows: Matrix<Double>
  /// The smallest eigenvalue above the threshold, where it came out on the way.
  let nextEigenvalue: Double?

  var count: Int { rows.rows }

  /// Up to so many are found by inverse iteration.
  private static let few = 16
  /// Above this order LAPACK's LDLᵀ takes longer than a stop may: first a Cholesky factorisation in
  /// tiles, which decides the common case.
  private static let interruptibleOrder = 2048
  /// Vectors carried beyond those wanted, so that a neighbour at the threshold does not slow it.
  private static let guards = 4

  /// - Parameter threshold: τ², above zero.
  init(
    of gram: Matrix<Double>, below threshold: Double, in context: ComputeContext
  ) throws(DualizationError) {
    let m = gram.rows
    var shifted = gram
    shifted.addToDiagonal(-threshold)
    if m > Self.interruptibleOrder,
      try LowerBoundProbe.bound(of: gram, candidates: [threshold.squareRoot()], in: context) != nil
    {
      rows = Matrix(rows: 0, columns: m)
      nextEigenvalue = nil
      return
    }
    let inertia = try decomposing { () throws(LinearAlgebraError) in
      try SymmetricIndefinite(shifted).inertia
    }
    let count = inertia.negative + inertia.zero
    if count == 0 {
      rows = Matrix(rows: 0, columns: m)
      nextEigenvalue = nil
      return
    }
    try context.pause(0.72, "null directions: \(count)")
    if count <= Self.few, m >= 64,
      let found = try Self.iterate(gram, count: count, below: threshold, in: context)
    {
      (rows, nextEigenvalue) = found
      return
    }
    let eigen = try decomposing { () throws(LinearAlgebraError) in try SymmetricEigen(gram) }
    rows = eigen.vectorRows.block(rows: 0..<count, columns: 0..<m)
    nextEigenvalue = count < m ? eigen.values[count] : nil
  }

  /// Q ← (I − P Pᵀ) Q (I − P Pᵀ), P the directions; Q stays symmetric.
  func project<Work: Real>(outOf q: inout Matrix<Work>) {
    guard count > 0 else { return }
    let rows = Matrix<Work>(converting: rows)
    // Q commutes with the projector but for rounding: one side and a symmetrisation suffice.
    let inside = rows.times(q)  // (count × m)
    multiply(rows, transposed: true, inside, alpha: -1, beta: 1, into: &q)
    let right = q.timesTransposed(rows)  // (m × count)
    multiply(right, rows, alpha: -1, beta: 1, into: &q)
  }

  /// Subspace iteration with R⁻¹ and Rayleigh-Ritz; nil when it does not settle.
  private static func iterate(
    _ gram: Matrix<Double>, count: Int, below threshold: Double, in context: ComputeContext
  ) throws(DualizationError) -> (Matrix<Double>, Double?)? {
    let m = gram.rows
    let width = min(count + guards, m)
    var shifted = gram
    // A null eigenvalue may be an exact zero; this is far under the threshold.
    shifted.addToDiagonal(threshold * 1e-3)
    let factor = try decomposing { () throws(LinearAlgebraError) in
      try SymmetricIndefinite(shifted)
    }
    var generator = context.generator(stream: 0x6e75_6c6c)
    var basis = orthonormalRows(
      Matrix(rows: width, columns: m, elements: generator.normals(width * m)))
    var lastResidual = Double.infinity
    for _ in 0..<24 {
      try context.pause(0.72, nil)
      guard let solved = try? factor.solve(rows: basis) else { return nil }
      basis = orthonormalRows(solved)
      let image = basis.times(gram)  // (width × m)
      let small = try decomposing { () throws(LinearAlgebraError) in
        try SymmetricEigen(image.timesTransposed(basis))
      }
      let rotated = small.vectorRows.times(basis)
      let values = small.values
      let residual = residual(rotated, small.vectorRows.times(image), values, count)
      // Goes on to rounding: the directions' error is this residual over the gap above them.
      if residual > 0.5 * lastResidual, residual <= 1e-2 * threshold,
        values[count - 1] < threshold
      {
        return (
          rotated.block(rows: 0..<count, columns: 0..<m), count < width ? values[count] : nil
        )
      }
      basis = rotated
      lastResidual = residual
    }
    return nil
  }

  /// max ‖R p − λ p‖ over the wanted rows.
  private static func residual(
    _ vectors: Matrix<Double>, _ images: Matrix<Double>, _ values: [Double], _ count: Int
  ) -> Double {
    (0..<count).map { index in
      zip(vectors.row(index), images.row(index)).reduce(0) { sum, pair in
        let difference = pair.1 - values[index] * pair.0
        return sum + difference * difference
      }.squareRoot()
    }.max() ?? 0
  }

  private static func orthonormalRows(_ matrix: Matrix<Double>) -> Matrix<Double> {
    QR(matrix.transposed()).q.transposed()
  }
}
