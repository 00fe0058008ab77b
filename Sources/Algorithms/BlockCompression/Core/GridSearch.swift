import Compute
import LinearAlgebra

/// The choice of a grid where none is given: the error over b is a U with a flat bottom, so a few
/// square grids and a few sweeps tell enough.
enum GridSearch {
  /// Square grids of b near min(m, n)/32 (12 blocks a side were best at 384), half and double of it,
  /// and a single block, without those that leave a block empty.
  static func candidates(rows m: Int, columns n: Int) -> [BlockGrid] {
    let middle = max(1, min(m, n) / 32)
    var candidates: [BlockGrid] = []
    for b in [middle, max(1, middle / 2), middle * 2, 1] {
      if let grid = fitting(rows: m, columns: n, blocks: b), !candidates.contains(grid) {
        candidates.append(grid)
      }
    }
    return candidates
  }

  /// Tries each candidate for 15 sweeps at the rank its budget pays for.
  ///
  /// - Throws: `budgetTooSmall` where it pays for no rank on any of them; `notConverged`, `stopped`.
  static func best<Scalar: Real>(
    _ matrix: Matrix<Scalar>, options: CompressionOptions, in context: ComputeContext
  ) throws(BlockCompressionError) -> BlockGrid {
    // For a target error grids are compared at a common share; the rank is searched on the best.
    var budget = options.budget
    if case .targetError = budget { budget = .keep(0.5) }
    var trials: [(grid: BlockGrid, rank: Int)] = []
    var failure: BlockCompressionError?
    for grid in candidates(rows: matrix.rows, columns: matrix.columns) {
      do throws(BlockCompressionError) {
        let rank = try budget.rank(on: grid) ?? 1
        trials.append((grid, min(rank, min(matrix.rows, matrix.columns))))
      } catch {
        failure = failure ?? error
      }
    }
    guard let first = trials.first else {
      if case .targetError = options.budget {
        return try BlockGrid(
          rows: matrix.rows, columns: matrix.columns, blockRows: 1, blockColumns: 1)
      }
      throw failure ?? .notConverged(routine: "search of a grid")
    }
    guard trials.count > 1 else { return first.grid }
    let svd = try FactorStarts.decomposition(
      matrix, rank: trials.reduce(1) { max($0, $1.rank) }, in: context)
    var solver = SolverOptions()
    solver.maximumSweeps = 15
    var best: (grid: BlockGrid, error: Double)?
    for (index, trial) in trials.enumerated() {
      let part = context.section(
        from: Double(index) / Double(trials.count), to: Double(index + 1) / Double(trials.count))
      let solver = solver
      let solution = try stoppable { () throws(ComputationStopped) in
        try AlternatingLeastSquares<Scalar>(options: solver).solve(
          matrix, from: FactorStarts.factors(svd, grid: trial.grid, rank: trial.rank), in: part)
      }
      if let best, best.error <= solution.relativeError { continue }
      best = (trial.grid, solution.relativeError)
    }
    return best?.grid ?? first.grid
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
