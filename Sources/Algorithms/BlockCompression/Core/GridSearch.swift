import Compute
import LinearAlgebra

/// The choice of a grid where none is given: the error over b is a U with a flat bottom, so a few
/// square grids and a few sweeps tell enough.
enum GridSearch {
  /// Tries b near m/32, half and double of it (12 blocks a side were best at 384), each for 15
  /// sweeps at the rank its budget pays for.
  static func best<Scalar: Real>(
    _ matrix: Matrix<Scalar>, options: CompressionOptions, in context: ComputeContext
  ) throws(BlockCompressionError) -> BlockGrid {
    let (m, n) = (matrix.rows, matrix.columns)
    let middle = max(1, min(m, n) / 32)
    var candidates: [BlockGrid] = []
    for b in [middle, max(1, middle / 2), middle * 2, 1] {
      if let grid = fitting(rows: m, columns: n, blocks: b), !candidates.contains(grid) {
        candidates.append(grid)
      }
    }
    var best: (grid: BlockGrid, error: Double)?
    var failure: BlockCompressionError?
    for (index, grid) in candidates.enumerated() {
      var trial = options
      trial.blocks = (grid.blockRows, grid.blockColumns)
      if case .targetError = options.budget {
        // Compare grids at a common share; the rank for the error is searched on the best.
        trial.budget = .keep(0.5)
      }
      var solver = SolverOptions()
      solver.maximumSweeps = 15
      trial.method = .alternating(solver)
      trial.starts = 1
      do throws(BlockCompressionError) {
        guard let rank = try trial.budget.rank(on: grid) else { continue }
        let start = try FactorStarts.leadingTriplets(
          matrix, grid: grid, rank: min(rank, min(m, n)), in: context)
        let part = context.section(
          from: Double(index) / Double(candidates.count),
          to: Double(index + 1) / Double(candidates.count))
        let solution = try stoppable { () throws(ComputationStopped) in
          try AlternatingLeastSquares<Scalar>(options: solver).solve(
            matrix, from: start, in: part)
        }
        if let leader = best, leader.error <= solution.relativeError { continue }
        best = (grid, solution.relativeError)
      } catch {
        if case .stopped = error { throw error }
        failure = failure ?? error
      }
    }
    guard let best else { throw failure ?? .notConverged(routine: "search of a grid") }
    return best.grid
  }

  /// The square grid of at most so many blocks a side that has no empty block.
  static func fitting(rows: Int, columns: Int, blocks: Int) -> BlockGrid? {
    func side(_ size: Int) -> Int {
      var b = min(blocks, size)
      while b > 1, (b - 1) * ((size + b - 1) / b) >= size { b -= 1 }
      return b
    }
    return try? BlockGrid(
      rows: rows, columns: columns, blockRows: side(rows), blockColumns: side(columns))
  }
}

/// Gives a stop the error type of this room.
func stoppable<R>(
  _ work: () throws(ComputationStopped) -> R
) throws(BlockCompressionError) -> R {
  do throws(ComputationStopped) {
    return try work()
  } catch {
    throw .stopped(error)
  }
}
