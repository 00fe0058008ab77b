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

  /// Moves the length of every column of every U_i and V_j into s. A zero column stays.
  mutating func normalise() {
    let (b1, b2, r) = (grid.blockRows, grid.blockColumns, rank)
    for i in 0..<b1 {
      let lengths = Self.takeLengths(&u, rows: grid.rowRange(i))
      s.withMutableElements { s in
        for j in 0..<b2 {
          for k in 0..<r { s[(i * b2 + j) * r + k] *= lengths[k] }
        }
      }
    }
    for j in 0..<b2 {
      let lengths = Self.takeLengths(&v, rows: grid.columnRange(j))
      s.withMutableElements { s in
        for i in 0..<b1 {
          for k in 0..<r { s[(i * b2 + j) * r + k] *= lengths[k] }
        }
      }
    }
  }

  /// Divides the columns of some rows by their lengths and returns the lengths (1 for a zero one).
  private static func takeLengths(_ x: inout Matrix<Scalar>, rows: Range<Int>) -> [Scalar] {
    let r = x.columns
    var lengths = [Scalar](repeating: 0, count: r)
    x.withMutableElements { x in
      for row in rows {
        for k in 0..<r { lengths[k] += x[row * r + k] * x[row * r + k] }
      }
      for k in 0..<r {
        // Lengths whose squares leave the range are left alone: the scale is only a convenience.
        let length = lengths[k].squareRoot()
        lengths[k] = length.isNormal ? length : 1
      }
      let inverses = lengths.map { 1 / $0 }
      for row in rows {
        for k in 0..<r { x[row * r + k] *= inverses[k] }
      }
    }
    return lengths
  }

  /// The dense matrix (m × n): row block i is U_i [V_j diag(s_ij)]ᵀ. 2mnr flops, n r scratch a
  /// thread.
  public func dense(in context: ComputeContext = ComputeContext()) -> Matrix<Scalar> {
    let strips = context.parallelMap(grid.blockRows) { i in
      let rows = grid.rowRange(i)
      let scaled = scaledV(row: i)
      return Matrix<Scalar>(rows: rows.count, columns: grid.columns) { out in
        guard let base = out.baseAddress else { return }
        let view = MutableMatrixView(
          base: base, rows: rows.count, columns: grid.columns, stride: grid.columns)
        u.withView { u in
          scaled.withView { multiply(u.rows(rows), $0.transposed, into: view) }
        }
      }
    }
    return Matrix(
      rows: grid.rows, columns: grid.columns, elements: strips.flatMap(\.elements))
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
          for (block, rows) in ranges.enumerated() {
            let start = line(block) * r
            for row in rows {
              for k in 0..<r { out[row * r + k] = x[row * r + k] * s[start + k] }
            }
          }
        }
      }
    }
  }
}
