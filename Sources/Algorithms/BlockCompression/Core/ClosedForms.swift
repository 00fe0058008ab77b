public import LinearAlgebra

/// Matrices that the structure holds exactly, as factors (specs: BLAST, section 1.8).
public enum ClosedForms {
  /// Y Zᵀ with Y (m × t), Z (n × t): r = t, all s = 1.
  public static func lowRank<Scalar: Real>(
    _ y: Matrix<Scalar>, _ z: Matrix<Scalar>, grid: BlockGrid
  ) -> BlockFactors<Scalar> {
    BlockFactors(
      grid: grid, u: y, s: Matrix(rows: grid.blocks, columns: y.columns, repeating: 1), v: z)
  }

  /// A block-diagonal matrix of b = b1 = b2 blocks D_i: r = the largest smaller side of a block,
  /// ranges shared by all blocks; U_i = D_i and V_i = I, or the other way round where D_i is wide.
  public static func blockDiagonal<Scalar: Real>(
    _ diagonal: [Matrix<Scalar>], grid: BlockGrid
  ) -> BlockFactors<Scalar> {
    precondition(
      grid.blockRows == grid.blockColumns && diagonal.count == grid.blockRows,
      "as many blocks as the square grid has on its diagonal")
    let rank = diagonal.map { min($0.rows, $0.columns) }.max() ?? 0
    var factors = BlockFactors<Scalar>(zero: grid, rank: rank)
    for (i, block) in diagonal.enumerated() {
      let (rows, columns) = (grid.rowRange(i), grid.columnRange(i))
      let isWide = block.columns > block.rows
      for k in 0..<min(block.rows, block.columns) {
        factors.s[i * grid.blockColumns + i, k] = 1
        for (local, row) in rows.enumerated() {
          factors.u[row, k] = isWide ? (local == k ? 1 : 0) : block[local, k]
        }
        for (local, column) in columns.enumerated() {
          factors.v[column, k] = isWide ? block[k, local] : (local == k ? 1 : 0)
        }
      }
    }
    return factors
  }

  /// Every block of rank t, block (i, j) = P_ij Q_ijᵀ (Monarch up to a permutation):
  /// r = max(b1, b2)·t, with slot (i + j) mod max(b1, b2) a Latin square, so that each slot of U_i
  /// and V_j serves one block.
  ///
  /// - Parameter blocks: P_ij (p × t) and Q_ij (q × t), row of blocks after row.
  public static func blockLowRank<Scalar: Real>(
    _ blocks: [(p: Matrix<Scalar>, q: Matrix<Scalar>)], blockRank t: Int, grid: BlockGrid
  ) -> BlockFactors<Scalar> {
    precondition(blocks.count == grid.blocks, "one pair of factors a block")
    let slots = max(grid.blockRows, grid.blockColumns)
    var factors = BlockFactors<Scalar>(zero: grid, rank: slots * t)
    for i in 0..<grid.blockRows {
      for j in 0..<grid.blockColumns {
        let line = i * grid.blockColumns + j
        let slot = (i + j) % slots * t
        let (p, q) = blocks[line]
        for k in 0..<min(t, p.columns) {
          factors.s[line, slot + k] = 1
          for (local, row) in grid.rowRange(i).enumerated() {
            factors.u[row, slot + k] = p[local, k]
          }
          for (local, column) in grid.columnRange(j).enumerated() {
            factors.v[column, slot + k] = q[local, k]
          }
        }
      }
    }
    return factors
  }

  /// The sum of two structured matrices of one grid: ranks side by side.
  public static func sum<Scalar: Real>(
    _ a: BlockFactors<Scalar>, _ b: BlockFactors<Scalar>
  ) -> BlockFactors<Scalar> {
    precondition(a.grid == b.grid, "one grid")
    func joined(_ x: Matrix<Scalar>, _ y: Matrix<Scalar>) -> Matrix<Scalar> {
      Matrix<Scalar>(rows: x.rows, columns: x.columns + y.columns) { row, k in
        k < x.columns ? x[row, k] : y[row, k - x.columns]
      }
    }
    return BlockFactors(
      grid: a.grid, u: joined(a.u, b.u), s: joined(a.s, b.s), v: joined(a.v, b.v))
  }

  /// The Kronecker product H ⊗ B with H (b1 × b2), B = Y Zᵀ of the size of a block:
  /// U_i = Y, V_j = Z, s_ij = H_ij.
  public static func kronecker<Scalar: Real>(
    _ h: Matrix<Scalar>, _ y: Matrix<Scalar>, _ z: Matrix<Scalar>
  ) throws(BlockCompressionError) -> BlockFactors<Scalar> {
    let grid = try BlockGrid(
      rows: h.rows * y.rows, columns: h.columns * z.rows, blockRows: h.rows,
      blockColumns: h.columns)
    return BlockFactors(
      grid: grid,
      u: Matrix<Scalar>(rows: grid.rows, columns: y.columns) { y[$0 % y.rows, $1] },
      s: Matrix<Scalar>(rows: grid.blocks, columns: y.columns) { line, _ in
        h[line / h.columns, line % h.columns]
      },
      v: Matrix<Scalar>(rows: grid.columns, columns: z.columns) { z[$0 % z.rows, $1] })
  }
}
