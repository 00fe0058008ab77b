import Compute
import LinearAlgebra

/// What other structures reach with the same parameters: relative Frobenius errors of their best
/// fits to the matrix itself, in closed form.
public struct Yardsticks: Sendable, Equatable {
  /// Truncated SVD of rank ⌊parameters/(m + n)⌋.
  public var lowRank: Double
  public var lowRankRank: Int
  /// Each block its own truncated SVD of one rank, ⌊parameters/(b2·m + b1·n)⌋ (Monarch up to a
  /// permutation); `nil` where the budget does not pay for rank 1.
  public var monarch: Double?
  public var monarchRank: Int?
  /// The blocks on the diagonal of the coarsest square grid whose diagonal the budget pays for;
  /// `nil` where it pays for none.
  public var blockDiagonal: Double?
  public var blockDiagonalBlocks: Int?

  /// The rank of the low-rank fit.
  static func lowRankRank(_ grid: BlockGrid, parameters: Int) -> Int {
    min(parameters / (grid.rows + grid.columns), min(grid.rows, grid.columns))
  }

  /// The rank of each block.
  static func monarchRank(_ grid: BlockGrid, parameters: Int) -> Int {
    let perRank = grid.blockColumns * grid.rows + grid.blockRows * grid.columns
    return min(parameters / perRank, min(grid.blockHeight, grid.blockWidth))
  }

  /// - Parameters:
  ///   - values: the singular values of A, or its leading ones.
  ///   - spectra: those of its blocks.
  init<Scalar: Real>(
    _ matrix: Matrix<Scalar>, values: [Scalar], spectra: BlockSpectra<Scalar>, parameters: Int
  ) {
    let grid = spectra.grid
    lowRankRank = Self.lowRankRank(grid, parameters: parameters)
    lowRank = Self.error(
      keeping: lowRankRank, of: values, all: min(grid.rows, grid.columns),
      energy: spectra.energy)
    let blockRank = Self.monarchRank(grid, parameters: parameters)
    monarch = blockRank >= 1 ? spectra.error(keeping: blockRank) : nil
    monarchRank = blockRank >= 1 ? blockRank : nil
    let diagonal = Self.diagonalGrid(matrix.rows, matrix.columns, parameters: parameters)
    blockDiagonalBlocks = diagonal?.blockRows
    blockDiagonal = diagonal.map { Self.errorOfDiagonal($0, matrix, energy: spectra.energy) }
  }

  /// The coarsest square grid whose diagonal blocks hold at most so many numbers.
  static func diagonalGrid(_ m: Int, _ n: Int, parameters: Int) -> BlockGrid? {
    guard parameters >= 1 else { return nil }
    // Blocks of ⌈m/d⌉ × ⌈n/d⌉ hold no less than m·n/d.
    for blocks in max(1, m * n / parameters)...max(1, m * n / parameters, min(m, n)) {
      guard
        let grid = try? BlockGrid(rows: m, columns: n, blockRows: blocks, blockColumns: blocks)
      else { continue }
      let held = (0..<blocks).reduce(0) {
        $0 + grid.rowRange($1).count * grid.columnRange($1).count
      }
      if held <= parameters { return grid }
    }
    return nil
  }

  private static func errorOfDiagonal<Scalar: Real>(
    _ grid: BlockGrid, _ matrix: Matrix<Scalar>, energy: Double
  ) -> Double {
    guard energy > 0 else { return 0 }
    let kept = matrix.withView { matrix in
      (0..<grid.blockRows).reduce(0.0) {
        $0 + matrix.block(rows: grid.rowRange($1), columns: grid.columnRange($1)).sumOfSquares
      }
    }
    return (max(energy - kept, 0) / energy).squareRoot()
  }

  /// √(Σ_{k > rank} σ_k²)/||A||.
  static func error<Scalar: Real>(
    keeping rank: Int, of values: [Scalar], all: Int, energy: Double
  ) -> Double {
    guard energy > 0 else { return 0 }
    return (rest(keeping: rank, of: values, all: all, energy: energy) / energy).squareRoot()
  }

  /// Σ_{k > rank} σ_k², of `all` singular values; from the energy where only leading ones are known.
  static func rest<Scalar: Real>(
    keeping rank: Int, of values: [Scalar], all: Int, energy: Double
  ) -> Double {
    func sum(_ values: ArraySlice<Scalar>) -> Double {
      values.reduce(0.0) { $0 + Double($1) * Double($1) }
    }
    if values.count >= all { return sum(values.dropFirst(rank)) }
    return max(energy - sum(values.prefix(rank)), 0)
  }
}
