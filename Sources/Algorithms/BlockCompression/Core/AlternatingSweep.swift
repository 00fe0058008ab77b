package import Compute
package import LinearAlgebra

/// One sweep of exact alternating least squares over U, V and s, and the loss that falls out of it.
///
/// A is given once; nothing of its size is allocated. Scratch: N (b1·n × r), the products A_i*ᵀ U_i
/// that serve V and s alike, and per thread one scaled factor.
package struct AlternatingSweep<Scalar: Real>: Sendable {
  let matrix: Matrix<Scalar>
  let equations: FactorEquations<Scalar>
  /// ||A||².
  package let energy: Double

  var grid: BlockGrid { equations.grid }

  package init(_ matrix: Matrix<Scalar>, grid: BlockGrid, rank: Int, ridge: Double) {
    self.matrix = matrix
    equations = FactorEquations(
      grid: grid, rank: rank, system: GramSystem(ridge: ridge))
    energy = matrix.sumOfSquares
  }

  /// What a sweep leaves: factors, and ||A - Â||² after each third where asked for.
  package struct Outcome: Sendable {
    package var factors: BlockFactors<Scalar>
    /// ½-free loss ||A - Â||² after the s step, by the cheap formula; may be a little below zero
    /// where the error is tiny.
    package var loss: Double
  }

  /// Solves for U from (V, s), V from (U, s), s from (U, V), in this order.
  ///
  /// 4mnr flops, (b1 + b2) r³/3 for U and V and b1·b2 r³/3 for s.
  package func run(
    from start: BlockFactors<Scalar>, in context: ComputeContext
  ) throws(ComputationStopped) -> Outcome {
    var factors = start
    try context.checkpoint()
    factors.u = solvedU(factors, in: context)
    try context.checkpoint()
    let products = leftProducts(factors.u, in: context)
    try context.checkpoint()
    factors.v = solvedV(factors, products, in: context)
    try context.checkpoint()
    let loss = solveScales(&factors, products, in: context)
    return Outcome(factors: factors, loss: loss)
  }

  /// U_i = (A_i* V̄_i) G_i⁻¹ for every row of blocks.
  package func solvedU(_ factors: BlockFactors<Scalar>, in context: ComputeContext) -> Matrix<
    Scalar
  > {
    let (b1, b2, r) = (grid.blockRows, grid.blockColumns, equations.rank)
    let grams = equations.grams(
      factors.v, ranges: (0..<b2).map(grid.columnRange), in: context)
    let strips = context.parallelMap(b1) { i in
      let rows = grid.rowRange(i)
      let scaled = factors.scaledV(row: i)
      let gram = equations.weightedGram(
        factors.s, lines: (0..<b2).map { i * b2 + $0 }, grams)
      return Matrix<Scalar>(rows: rows.count, columns: r) { out in
        guard let base = out.baseAddress else { return }
        let view = MutableMatrixView(base: base, rows: rows.count, columns: r, stride: r)
        matrix.withView { a in scaled.withView { multiply(a.rows(rows), $0, into: view) } }
        equations.system.solve(gram, rows: view)
      }
    }
    return Matrix(rows: grid.rows, columns: r, elements: strips.flatMap(\.elements))
  }

  /// N_i = A_i*ᵀ U_i (n × r) for every row of blocks.
  func leftProducts(_ u: Matrix<Scalar>, in context: ComputeContext) -> [Matrix<Scalar>] {
    let r = equations.rank
    return context.parallelMap(grid.blockRows) { i in
      let rows = grid.rowRange(i)
      return Matrix<Scalar>(rows: grid.columns, columns: r) { out in
        guard let base = out.baseAddress else { return }
        let view = MutableMatrixView(base: base, rows: grid.columns, columns: r, stride: r)
        matrix.withView { a in
          u.withView { multiply(a.rows(rows).transposed, $0.rows(rows), into: view) }
        }
      }
    }
  }

  /// V_j = (Σ_i N_ij D_ij) G_j⁻¹ for every column of blocks.
  func solvedV(
    _ factors: BlockFactors<Scalar>, _ products: [Matrix<Scalar>], in context: ComputeContext
  ) -> Matrix<Scalar> {
    let (b1, b2, r) = (grid.blockRows, grid.blockColumns, equations.rank)
    let grams = equations.grams(factors.u, ranges: (0..<b1).map(grid.rowRange), in: context)
    let strips = context.parallelMap(b2) { j in
      let columns = grid.columnRange(j)
      let gram = equations.weightedGram(
        factors.s, lines: (0..<b1).map { $0 * b2 + j }, grams)
      return Matrix<Scalar>(rows: columns.count, columns: r) { out in
        guard let base = out.baseAddress else { return }
        out.update(repeating: 0)
        factors.s.withElements { s in
          for i in 0..<b1 {
            let start = (i * b2 + j) * r
            products[i].withElements { n in
              for (local, column) in columns.enumerated() {
                for k in 0..<r { out[local * r + k] += n[column * r + k] * s[start + k] }
              }
            }
          }
        }
        equations.system.solve(
          gram,
          rows: MutableMatrixView(base: base, rows: columns.count, columns: r, stride: r))
      }
    }
    return Matrix(rows: grid.columns, columns: r, elements: strips.flatMap(\.elements))
  }

  /// s_ij = W_ij⁻¹ h_ij with h_ij[k] = Σ_q V_j[q, k] N_ij[q, k].
  ///
  /// - Returns: ||A - Â||² = ||A||² - 2 Σ hᵀs + Σ sᵀWs.
  func solveScales(
    _ factors: inout BlockFactors<Scalar>, _ products: [Matrix<Scalar>], in context: ComputeContext
  ) -> Double {
    let (b1, b2, r) = (grid.blockRows, grid.blockColumns, equations.rank)
    let (u, v) = (factors.u, factors.v)
    let rowGrams = equations.grams(u, ranges: (0..<b1).map(grid.rowRange), in: context)
    let columnGrams = equations.grams(v, ranges: (0..<b2).map(grid.columnRange), in: context)
    let solved = context.parallelMap(grid.blocks) { line in
      let (i, j) = (line / b2, line % b2)
      let target = correlations(products[i], v, columns: grid.columnRange(j))
      var system = rowGrams[i]
      system.withMutableView { view in columnGrams[j].withView { hadamard($0, into: view) } }
      var scales = target
      scales.withMutableView { equations.system.solve(system, rows: $0) }
      return (scales, Self.gain(target, scales, system))
    }
    factors.s = Matrix(
      rows: grid.blocks, columns: r, elements: solved.flatMap(\.0.elements))
    return solved.reduce(energy) { $0 - $1.1 }
  }

  /// h (1 × r).
  private func correlations(
    _ products: Matrix<Scalar>, _ v: Matrix<Scalar>, columns: Range<Int>
  ) -> Matrix<Scalar> {
    let r = equations.rank
    return Matrix<Scalar>(rows: 1, columns: r) { out in
      out.update(repeating: 0)
      products.withElements { n in
        v.withElements { v in
          for column in columns {
            for k in 0..<r { out[k] += n[column * r + k] * v[column * r + k] }
          }
        }
      }
    }
  }

  /// 2 hᵀs - sᵀWs: what a block takes off the loss.
  private static func gain(
    _ target: Matrix<Scalar>, _ scales: Matrix<Scalar>, _ system: Matrix<Scalar>
  ) -> Double {
    let image = system.withView { w in
      scales.withElements { s in
        [Scalar](unsafeUninitializedCapacity: s.count) { out, filled in
          multiply(w, s, into: UnsafeMutableBufferPointer(rebasing: out[..<s.count]))
          filled = s.count
        }
      }
    }
    var sum = 0.0
    for (k, scale) in scales.elements.enumerated() {
      sum += Double(scale) * (2 * Double(target.elements[k]) - Double(image[k]))
    }
    return sum
  }

  /// ||A - Â||² from the difference itself, a row of blocks at a time. 2mnr flops.
  package func residual(_ factors: BlockFactors<Scalar>, in context: ComputeContext) -> Double {
    context.parallelMap(grid.blockRows) { i in
      let rows = grid.rowRange(i)
      let scaled = factors.scaledV(row: i)
      var strip = matrix.block(rows: rows, columns: 0..<grid.columns)
      strip.withMutableView { target in
        factors.u.withView { u in
          scaled.withView {
            multiply(u.rows(rows), $0.transposed, alpha: -1, beta: 1, into: target)
          }
        }
      }
      return strip.sumOfSquares
    }.reduce(0, +)
  }
}
