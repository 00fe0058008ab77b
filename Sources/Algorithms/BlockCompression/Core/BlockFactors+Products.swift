public import Compute
public import LinearAlgebra

extension BlockFactors {
  /// Y = Â X for X (n × B), Y (m × B): z_j = V_jᵀ x_j, w_i = Σ_j s_ij ∘ z_j, y_i = U_i w_i
  /// (arXiv 2410.21262, Algorithm 1).
  ///
  /// 2 r (m + n + b1·b2) flops a column; scratch r · max(b1, b2) numbers a column, of at most 256
  /// columns at a time, and once r·b1·b2. A single column takes r (b1 + b2).
  public func times(_ x: Matrix<Scalar>) -> Matrix<Scalar> {
    do throws(ComputationStopped) {
      return try times(x, in: ComputeContext())
    } catch {
      preconditionFailure("nobody was there to stop it")
    }
  }

  /// The same bytes, by the threads of the context.
  ///
  /// - Throws: `ComputationStopped`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func times(
    _ x: Matrix<Scalar>, in context: ComputeContext
  ) throws(ComputationStopped) -> Matrix<Scalar> {
    precondition(x.rows == grid.columns, "X has a row for each column of the matrix")
    if x.columns == 1 {
      try context.checkpoint()
      return Matrix(rows: grid.rows, columns: 1, elements: times(vector: x))
    }
    let product = BlockProduct(self)
    var y = Matrix<Scalar>(rows: grid.rows, columns: x.columns)
    try y.withMutableView { y throws(ComputationStopped) in
      try x.withView { x throws(ComputationStopped) in
        try u.withView { u throws(ComputationStopped) in
          try v.withView { v throws(ComputationStopped) in
            for start in stride(from: 0, to: x.columns, by: BlockProduct<Scalar>.tile) {
              let columns = start..<min(start + BlockProduct<Scalar>.tile, x.columns)
              try product.run(
                u, v, x.columns(columns), into: y.columns(columns), in: context)
            }
          }
        }
      }
    }
    return y
  }

  /// Âᵀ X for X (m × B).
  public func transposedTimes(_ x: Matrix<Scalar>) -> Matrix<Scalar> { transposed.times(x) }

  /// The same bytes, by the threads of the context.
  ///
  /// - Throws: `ComputationStopped`.
  public func transposedTimes(
    _ x: Matrix<Scalar>, in context: ComputeContext
  ) throws(ComputationStopped) -> Matrix<Scalar> {
    try transposed.times(x, in: context)
  }

  /// Â x for a single column.
  private func times(vector x: Matrix<Scalar>) -> [Scalar] {
    let (b1, b2, r) = (grid.blockRows, grid.blockColumns, rank)
    guard r > 0 else { return Array(repeating: 0, count: grid.rows) }
    let scratch = UnsafeMutablePointer<Scalar>.allocate(capacity: (b1 + b2) * r)
    defer { scratch.deallocate() }
    let (z, w) = (scratch, scratch + b2 * r)  // (b2 × r), (b1 × r)
    v.withElements { v in
      x.withElements { x in
        guard let v = v.baseAddress, let x = x.baseAddress else { return }
        for j in 0..<b2 {
          let rows = grid.columnRange(j)
          smallTransposedProduct(
            rows: rows.count, columns: r, v + rows.lowerBound * r, x + rows.lowerBound,
            into: z + j * r)
        }
      }
    }
    s.withElements { s in
      guard let s = s.baseAddress else { return }
      elementwiseSums(rows: b1, terms: b2, length: r, s, UnsafePointer(z), into: w)
    }
    return [Scalar](unsafeUninitializedCapacity: grid.rows) { out, filled in
      u.withElements { u in
        guard let u = u.baseAddress, let out = out.baseAddress else { return }
        for i in 0..<b1 {
          let rows = grid.rowRange(i)
          smallProduct(
            rows: rows.count, columns: r, u + rows.lowerBound * r, UnsafePointer(w + i * r),
            into: out + rows.lowerBound)
        }
      }
      filled = grid.rows
    }
  }
}
