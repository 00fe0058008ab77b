public import Compute
public import LinearAlgebra

/// What is known about the vectors a matrix is applied to (specs: BLAST, section 1.10).
public struct DataWeights<Scalar: Real>: Sendable {
  /// w (n) > 0: columns count by their squares.
  public var columns: [Double]?
  /// w (m) > 0: rows count by their squares.
  public var rows: [Double]?
  /// C (n × n), symmetric positive semidefinite: the error that counts is ||(A - Â) C^½||.
  public var covariance: Matrix<Scalar>?
  /// Whether blocks are whitened by the Cholesky factors of C's diagonal blocks before the fit.
  public var whitens = false
  /// Whether U is solved once more under C after the fit.
  public var refits = true

  public init() {}

  /// C = XᵀX/samples of activations X (samples × n).
  public static func covariance(ofActivations x: Matrix<Scalar>) -> Matrix<Scalar> {
    var c = x.gramOfColumns()
    c.withMutableView { scale($0, by: 1 / Scalar(max(x.rows, 1))) }
    return c
  }
}

extension DataWeights {
  /// Turns A into the matrix that is fitted: diag(w_rows) A diag(w_columns), or A_ij L_j.
  func weighted(
    _ matrix: Matrix<Scalar>, grid: BlockGrid
  ) throws(BlockCompressionError) -> (Matrix<Scalar>, whitening: [Matrix<Scalar>]) {
    var result = matrix
    let (columns, rows) = (columns, rows)
    result.withMutableView { view in
      if let columns { scaleColumns(view, by: columns.map { Scalar($0) }) }
      if let rows { scaleRows(view, by: rows.map { Scalar($0) }) }
    }
    guard whitens, let covariance else { return (result, []) }
    var factors: [Matrix<Scalar>] = []
    for j in 0..<grid.blockColumns {
      let range = grid.columnRange(j)
      var block = covariance.block(rows: range, columns: range)
      // A hair of the mean variance: real covariances are singular as often as not.
      let mean = block.trace / Double(max(range.count, 1))
      block.withMutableView { addToDiagonal(Scalar(1e-6 * mean), of: $0) }
      do throws(LinearAlgebraError) {
        factors.append(try Cholesky(block).factor)
      } catch {
        throw .notPositiveDefinite(block: j)
      }
    }
    let source = result
    result = Matrix<Scalar>(rows: matrix.rows, columns: matrix.columns) { out in
      guard let base = out.baseAddress else { return }
      let target = MutableMatrixView(
        base: base, rows: matrix.rows, columns: matrix.columns, stride: matrix.columns)
      source.withView { a in
        for j in 0..<grid.blockColumns {
          let range = grid.columnRange(j)
          factors[j].withView { multiply(a.columns(range), $0, into: target.columns(range)) }
        }
      }
    }
    return (result, factors)
  }

  /// Turns the fit of the weighted matrix back into one of A: U_i ← diag(1/w) U_i,
  /// V_j ← diag(1/w) V_j or L_j⁻ᵀ V_j.
  func unweighted(
    _ factors: BlockFactors<Scalar>, whitening: [Matrix<Scalar>]
  ) -> BlockFactors<Scalar> {
    var result = factors
    let (columns, rows) = (columns, rows)
    if let rows { result.u.withMutableView { scaleRows($0, by: rows.map { Scalar(1 / $0) }) } }
    if !whitening.isEmpty {
      result.v.withMutableView { v in
        for (j, factor) in whitening.enumerated() {
          factor.withView {
            solveTriangular(
              $0, .lower, transposed: true, into: v.rows(factors.grid.columnRange(j)))
          }
        }
      }
    }
    if let columns {
      result.v.withMutableView { scaleRows($0, by: columns.map { Scalar(1 / $0) }) }
    }
    return result
  }

  /// U solved anew under C with V and s held: U_i = A_i C V̄_i (V̄_iᵀ C V̄_i + ridge)⁻¹. Never raises
  /// ||(A - Â) C^½|| beyond rounding; C may be singular.
  ///
  /// - Complexity: 2n²r for C V, then 2·b1·n r² + 2mnr flops.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public static func refitted(
    _ factors: BlockFactors<Scalar>, to matrix: Matrix<Scalar>, covariance: Matrix<Scalar>,
    ridge: Double, in context: ComputeContext
  ) throws(ComputationStopped) -> BlockFactors<Scalar> {
    let (grid, r) = (factors.grid, factors.rank)
    let system = GramSystem<Scalar>(ridge: ridge)
    let strips = try context.parallelMap(grid.blockRows) { i throws(ComputationStopped) in
      try context.checkpoint()
      let rows = grid.rowRange(i)
      let scaled = factors.scaledV(row: i)
      let image = covariance.times(scaled)  // C V̄_i (n × r)
      let gram = scaled.transposedTimes(image)  // (r × r)
      var strip = matrix.block(rows: rows, columns: 0..<grid.columns).times(image)
      strip.withMutableView { system.solve(gram, rows: $0) }
      return strip
    }
    var result = factors
    result.u = Matrix(rows: grid.rows, columns: r, elements: strips.flatMap(\.elements))
    return result
  }

  /// ||(A - Â) C^½|| / ||A C^½||, by tr(E C Eᵀ).
  public static func outputError(
    _ matrix: Matrix<Scalar>, approximation: Matrix<Scalar>, covariance: Matrix<Scalar>
  ) -> Double {
    let difference = matrix - approximation
    let wrong = difference.times(covariance).dot(difference)
    let own = matrix.times(covariance).dot(matrix)
    return own > 0 ? (max(wrong, 0) / own).squareRoot() : 0
  }
}
