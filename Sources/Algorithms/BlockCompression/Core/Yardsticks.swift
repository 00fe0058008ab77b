import LinearAlgebra

/// What other structures reach with the same parameters: relative Frobenius errors of their best
/// fits, in closed form.
public struct Yardsticks: Sendable, Equatable {
  /// Truncated SVD of rank ⌊parameters/(m + n)⌋.
  public var lowRank: Double
  public var lowRankRank: Int
  /// Each block its own truncated SVD of one rank, ⌊parameters/(b2·m + b1·n)⌋ (Monarch up to a
  /// permutation); `nil` where the budget does not pay for rank 1 or the blocks are too many.
  public var monarch: Double?
  public var monarchRank: Int?

  /// - Parameters:
  ///   - values: the singular values of A, or its leading ones.
  ///   - energy: ||A||².
  init<Scalar: Real>(
    _ matrix: Matrix<Scalar>, values: [Scalar], energy: Double, grid: BlockGrid, parameters: Int
  ) {
    let rank = parameters / (grid.rows + grid.columns)
    lowRankRank = min(rank, min(grid.rows, grid.columns))
    lowRank = Self.error(keeping: lowRankRank, of: values, energy: energy)
    let perRank = grid.blockColumns * grid.rows + grid.blockRows * grid.columns
    let blockRank = min(parameters / perRank, min(grid.blockHeight, grid.blockWidth))
    guard blockRank >= 1, energy > 0 else {
      monarch = energy > 0 ? nil : 0
      monarchRank = nil
      return
    }
    monarchRank = blockRank
    var left = 0.0
    for i in 0..<grid.blockRows {
      for j in 0..<grid.blockColumns {
        let block = matrix.block(rows: grid.rowRange(i), columns: grid.columnRange(j))
        guard let values = try? SVD.values(of: block) else { continue }
        left += values.dropFirst(blockRank).reduce(0.0) { $0 + Double($1) * Double($1) }
      }
    }
    monarch = (left / energy).squareRoot()
  }

  /// √(Σ_{k > rank} σ_k²)/||A||; from the energy where only leading values are known.
  static func error<Scalar: Real>(
    keeping rank: Int, of values: [Scalar], energy: Double
  ) -> Double {
    guard energy > 0 else { return 0 }
    let kept = values.prefix(rank).reduce(0.0) { $0 + Double($1) * Double($1) }
    return (max(energy - kept, 0) / energy).squareRoot()
  }
}
