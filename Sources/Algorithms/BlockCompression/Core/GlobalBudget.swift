public import Compute
public import LinearAlgebra

/// A number of parameters spread over several matrices by what each unit of rank takes off their
/// errors, the singular values standing for the structure's own gains.
public enum GlobalBudget {
  /// One matrix: its grid and the squares of its singular values over ||A||², descending.
  public struct Item: Sendable {
    public var grid: BlockGrid
    public var energyShares: [Double]

    public init(grid: BlockGrid, energyShares: [Double]) {
      self.grid = grid
      self.energyShares = energyShares
    }

    /// Of a matrix of any scale that fits its type; of a large one the leading `count` alone.
    ///
    /// - Throws: `notConverged`, `stopped`.
    public init<Scalar: Real>(
      _ matrix: Matrix<Scalar>, grid: BlockGrid, count: Int, in context: ComputeContext
    ) throws(BlockCompressionError) {
      let unit = DataWeights<Scalar>.normalised(matrix)
      let values = try FactorStarts.values(
        unit, count: min(count, matrix.rows, matrix.columns), in: context)
      let energy = unit.sumOfSquares
      self.init(
        grid: grid,
        energyShares: values.map { energy > 0 ? Double($0) * Double($0) / energy : 0 })
    }
  }

  /// Ranks whose parameters sum to at most `parameters`: again and again one more for the matrix
  /// where it gains most per parameter, which is optimal since the gains of each only fall. Every
  /// matrix gets at least rank 1.
  ///
  /// - Throws: `budgetTooSmall` where rank 1 for all is not paid for.
  /// - Complexity: O(ranks · matrices).
  public static func ranks(
    _ items: [Item], parameters: Int
  ) throws(BlockCompressionError) -> [Int] {
    let least = items.reduce(0) { $0 + $1.grid.parametersPerRank }
    guard parameters >= least else {
      throw .budgetTooSmall(
        budget: parameters, parametersPerRank: least,
        smallestKeep: Double(least) / Double(items.reduce(0) { $0 + $1.grid.denseParameters }))
    }
    var ranks = items.map { _ in 1 }
    var left = parameters - least
    while true {
      var best: (index: Int, gain: Double)?
      for (index, item) in items.enumerated() {
        guard item.grid.parametersPerRank <= left, ranks[index] < item.energyShares.count else {
          continue
        }
        let gain = item.energyShares[ranks[index]] / Double(item.grid.parametersPerRank)
        if let leader = best, leader.gain >= gain { continue }
        best = (index, gain)
      }
      guard let best else { return ranks }
      ranks[best.index] += 1
      left -= items[best.index].grid.parametersPerRank
    }
  }
}
