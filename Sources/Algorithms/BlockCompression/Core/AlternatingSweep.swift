package import Compute
package import LinearAlgebra

/// One sweep of exact alternating least squares over U, V and s, and the loss that falls out of it.
///
/// With the other factors held the loss is quadratic in each: row i of blocks of U solves
/// U_i G_i = A_i* V̄_i with G_i = Σ_j (s_ij s_ijᵀ) ∘ (V_jᵀ V_j); V likewise with the roles swapped;
/// s_ij solves ((U_iᵀ U_i) ∘ (V_jᵀ V_j)) s_ij = diag(U_iᵀ A_ij V_j).
///
/// A is given once; nothing of its size is allocated. Four parallel loops a sweep, each asking before
/// every block (and inside large products) whether to stop.
package struct AlternatingSweep<Scalar: Real>: Sendable {
  let matrix: Matrix<Scalar>
  let grid: BlockGrid
  let rank: Int
  let system: GramSystem<Scalar>
  /// ||A||².
  package let energy: Double

  package init(_ matrix: Matrix<Scalar>, grid: BlockGrid, rank: Int, ridge: Double) {
    self.matrix = matrix
    self.grid = grid
    self.rank = rank
    system = GramSystem(ridge: ridge)
    energy = matrix.sumOfSquares
  }

  /// What a sweep leaves.
  package struct Outcome: Sendable {
    package var factors: BlockFactors<Scalar>
    /// ||A - Â||² after the s step, by the cheap formula; may be a little below zero where the error
    /// is tiny.
    package var loss: Double
  }

  /// Memory of a sweep, kept from one to the next: b1·n·r + (b1 + b2)·r² numbers.
  package struct Scratch: Sendable {
    /// N_i = A_i*ᵀ U_i, each (n × r), one below the other.
    var products: Matrix<Scalar>
    /// U_iᵀ U_i, each (r × r), one below the other.
    var rowGrams: Matrix<Scalar>
    /// V_jᵀ V_j likewise.
    var columnGrams: Matrix<Scalar>

    package init(grid: BlockGrid, rank r: Int) {
      products = Matrix(rows: grid.blockRows * grid.columns, columns: r)
      rowGrams = Matrix(rows: grid.blockRows * r, columns: r)
      columnGrams = Matrix(rows: grid.blockColumns * r, columns: r)
    }
  }

  /// Solves for U from (V, s), V from (U, s), s from (U, V), in this order.
  ///
  /// 4mnr flops, (b1 + b2) r³/3 for U and V and b1·b2 r³/3 for s.
  package func run(
    from start: BlockFactors<Scalar>, scratch: inout Scratch, in context: ComputeContext
  ) throws(ComputationStopped) -> Outcome {
    var factors = start
    try solveRows(&factors, &scratch, in: context)
    try solveColumns(&factors, &scratch, in: context)
    let loss = try solveScales(&factors, scratch, in: context)
    return Outcome(factors: factors, loss: loss)
  }

  /// U_i = (A_i* V̄_i) G_i⁻¹ for every row of blocks, then N_i and U_iᵀ U_i.
  package func solveRows(
    _ factors: inout BlockFactors<Scalar>, _ scratch: inout Scratch, in context: ComputeContext
  ) throws(ComputationStopped) {
    let (b1, b2, n) = (grid.blockRows, grid.blockColumns, grid.columns)
    try fillGrams(&scratch.columnGrams, of: factors.v, grid.columnRanges, in: context)
    let source = factors
    let columnGrams = scratch.columnGrams
    try factors.u.withMutableView { u throws(ComputationStopped) in
      try scratch.products.withMutableView { products throws(ComputationStopped) in
        try scratch.rowGrams.withMutableView { grams throws(ComputationStopped) in
          try context.forEachBlock(b1) { i, inner throws(ComputationStopped) in
            let target = u.rows(grid.rowRange(i))
            let gram = weightedGram(
              source.s, from: i * b2, count: b2, line: rank, columnGrams)
            try matrix.withView { a throws(ComputationStopped) in
              let a = a.rows(grid.rowRange(i))
              try source.scaledV(row: i).withView { scaled throws(ComputationStopped) in
                try multiply(a, scaled, into: target, in: inner)
              }
              system.solve(gram, rows: target)
              try multiply(
                a.transposed, target.readOnly, into: products.rows(i * n..<(i + 1) * n),
                in: inner)
            }
            try symmetricProduct(
              target.readOnly.transposed, into: grams.rows(i * rank..<(i + 1) * rank), in: inner)
          }
        }
      }
    }
  }

  /// V_j = (Σ_i N_ij D_ij) G_j⁻¹ for every column of blocks, then V_jᵀ V_j.
  func solveColumns(
    _ factors: inout BlockFactors<Scalar>, _ scratch: inout Scratch, in context: ComputeContext
  ) throws(ComputationStopped) {
    let (b1, b2, n, r) = (grid.blockRows, grid.blockColumns, grid.columns, rank)
    let (s, products, rowGrams) = (factors.s, scratch.products, scratch.rowGrams)
    try factors.v.withMutableView { v throws(ComputationStopped) in
      try scratch.columnGrams.withMutableView { grams throws(ComputationStopped) in
        try context.forEachBlock(b2) { j, inner throws(ComputationStopped) in
          let columns = grid.columnRange(j)
          let target = v.rows(columns)
          s.withElements { s in
            products.withElements { products in
              guard let s = s.baseAddress, let products = products.baseAddress else { return }
              SweepKernels.sumOfScaled(
                b1, columns.count, r, products + columns.lowerBound * r, gap: n * r,
                by: s + j * r, line: b2 * r, into: target.base)
            }
          }
          system.solve(weightedGram(s, from: j, count: b1, line: b2 * r, rowGrams), rows: target)
          try symmetricProduct(
            target.readOnly.transposed, into: grams.rows(j * r..<(j + 1) * r), in: inner)
        }
      }
    }
  }

  /// s_ij = W_ij⁻¹ h_ij with h_ij[k] = Σ_q V_j[q, k] N_ij[q, k].
  ///
  /// - Returns: ||A - Â||² = ||A||² - 2 Σ hᵀs + Σ sᵀWs.
  func solveScales(
    _ factors: inout BlockFactors<Scalar>, _ scratch: Scratch, in context: ComputeContext
  ) throws(ComputationStopped) -> Double {
    let b2 = grid.blockColumns
    let (v, r) = (factors.v, rank)
    var gains = Matrix<Double>(rows: 1, columns: grid.blocks)
    try gains.withMutableView { gains throws(ComputationStopped) in
      try factors.s.withMutableView { s throws(ComputationStopped) in
        try context.forEachBlock(grid.blocks) { line, _ in
          let (i, j) = (line / b2, line % b2)
          let columns = grid.columnRange(j)
          let system = Matrix<Scalar>(rows: r, columns: r) { out in
            scratch.rowGrams.withElements { rows in
              scratch.columnGrams.withElements { columns in
                guard let out = out.baseAddress, let rows = rows.baseAddress,
                  let columns = columns.baseAddress
                else { return }
                SweepKernels.product(
                  r * r, rows + i * r * r, columns + j * r * r, into: out)
              }
            }
          }
          let target = Matrix<Scalar>(rows: 1, columns: r) { out in  // h
            scratch.products.withElements { n in
              v.withElements { v in
                guard let out = out.baseAddress, let n = n.baseAddress, let v = v.baseAddress
                else { return }
                let start = columns.lowerBound * r
                SweepKernels.columnDots(
                  columns.count, r, n + (i * grid.columns * r + start), v + start, into: out)
              }
            }
          }
          let scales = s.rows(line..<line + 1)
          target.withView { copy($0, into: scales) }
          self.system.solve(system, rows: scales)
          gains[0, line] = Self.gain(target, scales.readOnly, system)
        }
      }
    }
    return gains.elements.reduce(energy, -)
  }

  /// 2 hᵀs - sᵀWs: what a block takes off the loss.
  private static func gain(
    _ target: Matrix<Scalar>, _ scales: MatrixView<Scalar>, _ system: Matrix<Scalar>
  ) -> Double {
    let image = Matrix<Scalar>(rows: 1, columns: target.columns) { out in
      system.withView { multiply($0, scales.row(0), into: out) }
    }
    return target.withView { 2 * $0.dot(scales) } - image.withView { $0.dot(scales) }
  }

  /// V_jᵀ V_j (or U_iᵀ U_i), one below the other.
  private func fillGrams(
    _ grams: inout Matrix<Scalar>, of x: Matrix<Scalar>, _ ranges: [Range<Int>],
    in context: ComputeContext
  ) throws(ComputationStopped) {
    let r = rank
    try grams.withMutableView { grams throws(ComputationStopped) in
      try x.withView { x throws(ComputationStopped) in
        try context.forEachBlock(ranges.count) { block, inner throws(ComputationStopped) in
          try symmetricProduct(
            x.rows(ranges[block]).transposed, into: grams.rows(block * r..<(block + 1) * r),
            in: inner)
        }
      }
    }
  }

  /// G = Σ (s s ᵀ) ∘ gram over `count` lines of S from the one numbered `first`; the lower triangle.
  private func weightedGram(
    _ s: Matrix<Scalar>, from first: Int, count: Int, line: Int, _ grams: Matrix<Scalar>
  ) -> Matrix<Scalar> {
    Matrix<Scalar>(rows: rank, columns: rank) { out in
      // What lies above the diagonal is read when the system turns out to be singular.
      out.update(repeating: 0)
      s.withElements { s in
        grams.withElements { grams in
          guard let out = out.baseAddress, let s = s.baseAddress, let grams = grams.baseAddress
          else { return }
          SweepKernels.weightedGram(
            count, rank, grams: grams, s: s + first * rank, line: line, into: out)
        }
      }
    }
  }

  /// ||A - Â||² from the difference itself, a row of blocks at a time. 2mnr flops.
  package func residual(
    _ factors: BlockFactors<Scalar>, in context: ComputeContext
  ) throws(ComputationStopped) -> Double {
    var parts = Matrix<Double>(rows: 1, columns: grid.blockRows)
    try parts.withMutableView { parts throws(ComputationStopped) in
      try context.forEachBlock(grid.blockRows) { i, inner throws(ComputationStopped) in
        let rows = grid.rowRange(i)
        let scaled = factors.scaledV(row: i)
        var strip = matrix.block(rows: rows, columns: 0..<grid.columns)
        try strip.withMutableView { target throws(ComputationStopped) in
          try factors.u.withView { u throws(ComputationStopped) in
            try scaled.withView { scaled throws(ComputationStopped) in
              try multiply(
                u.rows(rows), scaled.transposed, alpha: -1, beta: 1, into: target, in: inner)
            }
          }
        }
        parts[0, i] = strip.sumOfSquares
      }
    }
    return parts.elements.reduce(0, +)
  }
}
