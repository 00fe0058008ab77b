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
  ///
  /// - Throws: `ComputationStopped`.
  public static func covariance(
    ofActivations x: Matrix<Scalar>, in context: ComputeContext = ComputeContext()
  ) throws(ComputationStopped) -> Matrix<Scalar> {
    var c = try x.gramOfColumns(in: context)
    c.withMutableView { scale($0, by: 1 / Scalar(max(x.rows, 1))) }
    return c
  }

  /// The matrix times the power of two that brings its largest entry near 1: everything here asks for
  /// a covariance only up to a factor, and squares have to stay in the range.
  public static func normalised<Source: Real>(_ matrix: Matrix<Source>) -> Matrix<Scalar> {
    let most = matrix.maximumMagnitude
    guard most > 0 else { return Matrix<Scalar>(converting: matrix) }
    return Matrix<Scalar>(
      converting: Compressor.scaledByPower(matrix, -Int(most.exponent)))
  }

  /// Weights over the largest of them, and not below this share of it: what is further down does not
  /// count in this precision, but its inverse would.
  public static func normalised(weights: [Double]) -> [Double] {
    let least = Scalar.self == Float.self ? 1e-6 : 1e-12
    let most = weights.max() ?? 1
    return weights.map { max($0 / most, least) }
  }
}

extension DataWeights {
  /// Whether the fit is not that of A itself.
  var isWeighting: Bool { columns != nil || rows != nil || (whitens && covariance != nil) }

  /// Turns A into the matrix that is fitted: diag(w_rows) A diag(w_columns), or A_ij L_j.
  func weighted(
    _ matrix: Matrix<Scalar>, grid: BlockGrid
  ) throws(BlockCompressionError) -> (Matrix<Scalar>, whitening: [Matrix<Scalar>]) {
    var result = matrix
    result.withMutableView { scaleByWeights($0) }
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

  /// Factors of A as factors of the weighted matrix: the inverse of `unweighted`.
  func weighted(
    _ factors: BlockFactors<Scalar>, whitening: [Matrix<Scalar>]
  ) -> BlockFactors<Scalar> {
    var result = factors
    let (columns, rows) = (columns, rows)
    if let rows { result.u.withMutableView { scaleRows($0, by: rows.map { Scalar($0) }) } }
    if let columns {
      result.v.withMutableView { scaleRows($0, by: columns.map { Scalar($0) }) }
    }
    for (j, factor) in whitening.enumerated() {
      let range = factors.grid.columnRange(j)
      let part = result.v.block(rows: range, columns: 0..<result.rank)
      result.v.replace(atRow: range.lowerBound, column: 0, with: factor.transposedTimes(part))
    }
    return result
  }

  /// ||diag(w_rows) (A - Â) diag(w_columns)|| over that of A; `nil` without weights.
  func weightedError(_ matrix: Matrix<Scalar>, approximation: Matrix<Scalar>) -> Double? {
    guard columns != nil || rows != nil else { return nil }
    func norm(_ matrix: Matrix<Scalar>) -> Double {
      var matrix = matrix
      matrix.withMutableView { scaleByWeights($0) }
      return matrix.frobeniusNorm
    }
    let own = norm(matrix)
    return own > 0 ? norm(matrix - approximation) / own : 0
  }

  private func scaleByWeights(_ view: MutableMatrixView<Scalar>) {
    if let columns { scaleColumns(view, by: columns.map { Scalar($0) }) }
    if let rows { scaleRows(view, by: rows.map { Scalar($0) }) }
  }

  /// U solved anew under C with V and s held: U_i = A_i C V̄_i (V̄_iᵀ C V̄_i + ridge)⁻¹. Never raises
  /// ||(A - Â) C^½|| beyond rounding; C may be singular.
  ///
  /// - Throws: `ComputationStopped`.
  /// - Complexity: 2n²r for C V, then 2·b1·n r² + 2mnr flops; scratch (b2 + 2)·n·r numbers.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public static func refitted(
    _ factors: BlockFactors<Scalar>, to matrix: Matrix<Scalar>, covariance: Matrix<Scalar>,
    ridge: Double, in context: ComputeContext
  ) throws(ComputationStopped) -> BlockFactors<Scalar> {
    let (grid, r, n) = (factors.grid, factors.rank, factors.grid.columns)
    let system = GramSystem<Scalar>(ridge: ridge)
    var images = Matrix<Scalar>(rows: grid.blockColumns * n, columns: r)  // T_j = C_*j V_j
    try images.withMutableView { images throws(ComputationStopped) in
      try context.forEachBlock(grid.blockColumns) { j, inner throws(ComputationStopped) in
        try covariance.withView { c throws(ComputationStopped) in
          try factors.v.withView { v throws(ComputationStopped) in
            let range = grid.columnRange(j)
            try multiply(
              c.columns(range), v.rows(range), into: images.rows(j * n..<(j + 1) * n), in: inner)
          }
        }
      }
    }
    let products = images
    var result = factors
    try result.u.withMutableView { u throws(ComputationStopped) in
      try context.forEachBlock(grid.blockRows) { i, inner throws(ComputationStopped) in
        let image = Self.image(products, factors.s, row: i, of: grid)  // C V̄_i (n × r)
        let gram = try factors.scaledV(row: i).transposedTimes(image, in: inner)  // (r × r)
        let target = u.rows(grid.rowRange(i))
        try matrix.withView { a throws(ComputationStopped) in
          try image.withView { image throws(ComputationStopped) in
            try multiply(a.rows(grid.rowRange(i)), image, into: target, in: inner)
          }
        }
        system.solve(gram, rows: target)
      }
    }
    return result
  }

  /// Σ_j T_j D_ij (n × r).
  private static func image(
    _ products: Matrix<Scalar>, _ s: Matrix<Scalar>, row i: Int, of grid: BlockGrid
  ) -> Matrix<Scalar> {
    let (b2, n, r) = (grid.blockColumns, grid.columns, s.columns)
    return Matrix<Scalar>(rows: n, columns: r) { out in
      products.withElements { t in
        s.withElements { s in
          guard let out = out.baseAddress, let t = t.baseAddress, let s = s.baseAddress else {
            return
          }
          SweepKernels.sumOfScaled(
            b2, n, r, t, gap: n * r, by: s + i * b2 * r, line: r, into: out)
        }
      }
    }
  }

  /// ||(A - Â) C^½|| / ||A C^½||, by tr(E C Eᵀ).
  ///
  /// - Throws: `ComputationStopped`.
  public static func outputError(
    _ matrix: Matrix<Scalar>, approximation: Matrix<Scalar>, covariance: Matrix<Scalar>,
    in context: ComputeContext = ComputeContext()
  ) throws(ComputationStopped) -> Double {
    let difference = matrix - approximation
    let wrong = try difference.times(covariance, in: context).dot(difference)
    let own = try matrix.times(covariance, in: context).dot(matrix)
    return own > 0 ? (max(wrong, 0) / own).squareRoot() : 0
  }
}
