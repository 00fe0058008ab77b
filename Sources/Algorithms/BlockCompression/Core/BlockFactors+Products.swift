public import LinearAlgebra

extension BlockFactors {
  /// Y = Â X for X (n × B), Y (m × B): z_j = V_jᵀ x_j, w_i = Σ_j s_ij ∘ z_j, y_i = U_i w_i
  /// (arXiv 2410.21262, Algorithm 1).
  ///
  /// 2 r (m + n + b1·b2) flops a column, r (b1 + b2) B scratch. The middle step is bound by memory:
  /// it runs over tiles of w that stay in the first cache while all z_j pass by.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func times(_ x: Matrix<Scalar>) -> Matrix<Scalar> {
    precondition(x.rows == grid.columns, "X has a row for each column of the matrix")
    let (b1, b2, r, batch) = (grid.blockRows, grid.blockColumns, rank, x.columns)
    let width = r * batch
    // Transposed for a single vector and for batches alike: z_j is (r × B).
    let z = Matrix<Scalar>(rows: b2, columns: width) { out in
      guard let base = out.baseAddress else { return }
      v.withView { v in
        x.withView { x in
          for j in 0..<b2 {
            let columns = grid.columnRange(j)
            let target = MutableMatrixView(
              base: base + j * width, rows: r, columns: batch, stride: batch)
            BlockProduct.add(v.rows(columns).transposed, x.rows(columns), into: target)
          }
        }
      }
    }
    let w = Matrix<Scalar>(rows: b1, columns: width) { out in
      s.withElements { s in
        z.withElements { z in
          guard let out = out.baseAddress, let s = s.baseAddress, let z = z.baseAddress else {
            return
          }
          BlockProduct.mix(
            blockRows: b1, blockColumns: b2, rank: r, batch: batch, s: s, z: z, w: out)
        }
      }
    }
    return Matrix<Scalar>(rows: grid.rows, columns: batch) { out in
      guard let base = out.baseAddress else { return }
      u.withView { u in
        w.withElements { w in
          guard let w = w.baseAddress else { return }
          for i in 0..<b1 {
            let rows = grid.rowRange(i)
            let source = MatrixView(base: w + i * width, rows: r, columns: batch, stride: batch)
            let target = MutableMatrixView(
              base: base + rows.lowerBound * batch, rows: rows.count, columns: batch,
              stride: batch)
            BlockProduct.add(u.rows(rows), source, into: target)
          }
        }
      }
    }
  }

  /// Âᵀ X for X (m × B).
  public func transposedTimes(_ x: Matrix<Scalar>) -> Matrix<Scalar> { transposed.times(x) }
}

/// The three steps of a product, on raw memory.
enum BlockProduct {
  /// C = A·B, by the matrix–vector routine where B is a single column.
  static func add<Scalar: Real>(
    _ a: MatrixView<Scalar>, _ b: MatrixView<Scalar>, into c: MutableMatrixView<Scalar>
  ) {
    if c.columns == 1, b.stride == 1 {
      multiply(
        a, UnsafeBufferPointer(start: b.base, count: b.rows),
        into: UnsafeMutableBufferPointer(start: c.base, count: c.rows))
    } else {
      multiply(a, b, into: c)
    }
  }

  /// w_i = Σ_j s_ij ∘ z_j, with z (b2 × r × B), w (b1 × r × B), s (b1·b2 × r).
  ///
  /// One rank after the other: the b2 rows z_j[k] of B numbers are read once from memory and stay in
  /// the first cache for all b1 sums.
  @inline(__always)
  static func mix<Scalar: Real>(
    blockRows b1: Int, blockColumns b2: Int, rank r: Int, batch: Int,
    s: UnsafePointer<Scalar>, z: UnsafePointer<Scalar>, w: UnsafeMutablePointer<Scalar>
  ) {
    if batch == 1 {
      for i in 0..<b1 {
        let out = w + i * r
        for k in 0..<r { out[k] = 0 }
        for j in 0..<b2 {
          let (row, column) = (s + (i * b2 + j) * r, z + j * r)
          for k in 0..<r { out[k] += row[k] * column[k] }
        }
      }
      return
    }
    for k in 0..<r {
      for i in 0..<b1 {
        let out = w + (i * r + k) * batch
        let first = s[i * b2 * r + k]
        let start = z + k * batch
        for t in 0..<batch { out[t] = first * start[t] }
        for j in 1..<max(b2, 1) {
          let factor = s[(i * b2 + j) * r + k]
          let column = z + (j * r + k) * batch
          for t in 0..<batch { out[t] += factor * column[t] }
        }
      }
    }
  }
}
