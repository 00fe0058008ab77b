public import Compute
public import LinearAlgebra

/// A block-level adaptive structured matrix: block (i, j) is U_i diag(s_ij) V_jᵀ.
public struct BlockFactors<Scalar: Real>: Sendable, Equatable {
  public let grid: BlockGrid
  /// U (m × r): the row blocks U_i stacked.
  public package(set) var u: Matrix<Scalar>
  /// S (b1·b2 × r): row i·b2 + j is s_ij.
  public package(set) var s: Matrix<Scalar>
  /// V (n × r): the column blocks V_j stacked.
  public package(set) var v: Matrix<Scalar>

  /// The factors must be of the grid's sizes and share their rank.
  public init(grid: BlockGrid, u: Matrix<Scalar>, s: Matrix<Scalar>, v: Matrix<Scalar>) {
    precondition(
      u.rows == grid.rows && v.rows == grid.columns && s.rows == grid.blocks
        && u.columns == v.columns && u.columns == s.columns, "factors of the grid's sizes")
    self.grid = grid
    self.u = u
    self.s = s
    self.v = v
  }

  /// All zero.
  public init(zero grid: BlockGrid, rank: Int) {
    self.init(
      grid: grid, u: Matrix(rows: grid.rows, columns: rank),
      s: Matrix(rows: grid.blocks, columns: rank), v: Matrix(rows: grid.columns, columns: rank))
  }

  /// r.
  public var rank: Int { u.columns }

  /// r (m + n + b1·b2): numbers stored, and multiplications of one product with a vector.
  public var parameters: Int { rank * grid.parametersPerRank }

  /// The structured matrix of Aᵀ: U and V change places, s_ij becomes s_ji.
  public var transposed: BlockFactors {
    let (b1, b2) = (grid.blockRows, grid.blockColumns)
    let turned = Matrix<Scalar>(rows: s.rows, columns: s.columns) { out in
      s.withElements { s in
        for i in 0..<b1 {
          for j in 0..<b2 {
            for k in 0..<rank { out[(j * b1 + i) * rank + k] = s[(i * b2 + j) * rank + k] }
          }
        }
      }
    }
    return BlockFactors(grid: grid.transposed, u: v, s: turned, v: u)
  }

  /// Unit columns in every U_i and V_j, the scale in s, and the ranks by falling Σ_ij s_ij[k]². The
  /// matrix is the same; factors that differ only by gauge become equal up to signs.
  public func canonical() -> BlockFactors {
    var result = self
    result.normalise()
    var weights = [Double](repeating: 0, count: rank)
    result.s.withElements { s in
      for (place, value) in s.enumerated() { weights[place % rank] += Double(value * value) }
    }
    let order = weights.indices.sorted { (weights[$0], $1) > (weights[$1], $0) }
    func permuted(_ x: Matrix<Scalar>) -> Matrix<Scalar> {
      Matrix<Scalar>(rows: x.rows, columns: x.columns) { out in
        x.withElements { x in
          for place in out.indices {
            out[place] = x[place / rank * rank + order[place % rank]]
          }
        }
      }
    }
    guard rank > 0 else { return result }
    return BlockFactors(
      grid: grid, u: permuted(result.u), s: permuted(result.s), v: permuted(result.v))
  }

  /// The first ranks of the canonical form.
  func leading(_ count: Int) -> BlockFactors {
    let all = canonical()
    func first(_ x: Matrix<Scalar>) -> Matrix<Scalar> {
      x.block(rows: 0..<x.rows, columns: 0..<min(count, x.columns))
    }
    return BlockFactors(grid: grid, u: first(all.u), s: first(all.s), v: first(all.v))
  }

  /// Moves the length of every column of every U_i and V_j into s. A zero column stays.
  mutating func normalise() {
    let (b1, b2, r) = (grid.blockRows, grid.blockColumns, rank)
    guard r > 0 else { return }
    let lengths = Matrix<Scalar>(rows: b1 + b2, columns: r) { lengths in
      guard let lengths = lengths.baseAddress else { return }
      u.withMutableView { u in
        for i in 0..<b1 {
          let rows = grid.rowRange(i)
          SweepKernels.takeLengths(
            rows.count, r, u.base + rows.lowerBound * r, lengths: lengths + i * r)
        }
      }
      v.withMutableView { v in
        for j in 0..<b2 {
          let rows = grid.columnRange(j)
          SweepKernels.takeLengths(
            rows.count, r, v.base + rows.lowerBound * r, lengths: lengths + (b1 + j) * r)
        }
      }
    }
    s.withMutableView { s in
      lengths.withElements { lengths in
        guard let lengths = lengths.baseAddress else { return }
        for i in 0..<b1 {
          for j in 0..<b2 {
            let line = s.base + (i * b2 + j) * r
            SweepKernels.scaleRows(1, r, line, by: lengths + i * r, into: line)
            SweepKernels.scaleRows(1, r, line, by: lengths + (b1 + j) * r, into: line)
          }
        }
      }
    }
  }

  /// The dense matrix (m × n): row block i is U_i [V_j diag(s_ij)]ᵀ. 2mnr flops, n r scratch a
  /// thread.
  public func dense() -> Matrix<Scalar> {
    do throws(ComputationStopped) {
      return try dense(in: ComputeContext())
    } catch {
      preconditionFailure("nobody was there to stop it")
    }
  }

  /// The same bytes, by the threads of the context.
  ///
  /// - Throws: `ComputationStopped`.
  public func dense(in context: ComputeContext) throws(ComputationStopped) -> Matrix<Scalar> {
    var result = Matrix<Scalar>(rows: grid.rows, columns: grid.columns)
    try result.withMutableView { target throws(ComputationStopped) in
      try u.withView { u throws(ComputationStopped) in
        try context.forEachBlock(grid.blockRows) { i, inner throws(ComputationStopped) in
          let rows = grid.rowRange(i)
          let scaled = scaledV(row: i)
          try scaled.withView { scaled throws(ComputationStopped) in
            try multiply(u.rows(rows), scaled.transposed, into: target.rows(rows), in: inner)
          }
        }
      }
    }
    return result
  }

  /// V̄_i = [V_j diag(s_ij)]_j (n × r).
  func scaledV(row i: Int) -> Matrix<Scalar> {
    Self.scaled(v, s, ranges: (0..<grid.blockColumns).map(grid.columnRange)) {
      i * grid.blockColumns + $0
    }
  }

  /// Ū_j = [U_i diag(s_ij)]_i (m × r).
  func scaledU(column j: Int) -> Matrix<Scalar> {
    Self.scaled(u, s, ranges: (0..<grid.blockRows).map(grid.rowRange)) {
      $0 * grid.blockColumns + j
    }
  }

  private static func scaled(
    _ x: Matrix<Scalar>, _ s: Matrix<Scalar>, ranges: [Range<Int>], line: (Int) -> Int
  ) -> Matrix<Scalar> {
    let r = x.columns
    return Matrix<Scalar>(rows: x.rows, columns: r) { out in
      x.withElements { x in
        s.withElements { s in
          guard let out = out.baseAddress, let x = x.baseAddress, let s = s.baseAddress else {
            return
          }
          for (block, rows) in ranges.enumerated() {
            let start = rows.lowerBound * r
            SweepKernels.scaleRows(
              rows.count, r, x + start, by: s + line(block) * r, into: out + start)
          }
        }
      }
    }
  }
}
