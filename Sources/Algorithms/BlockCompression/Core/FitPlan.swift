import Compute
import LinearAlgebra

/// The fit of one matrix on one grid: weighting, rank, starts, solver, refit, figures.
struct FitPlan<Scalar: Real>: Sendable {
  let matrix: Matrix<Scalar>
  let grid: BlockGrid
  let options: CompressionOptions
  let data: DataWeights<Scalar>
  let warmStart: BlockFactors<Scalar>?
  private var warnings: [String] = []

  init(
    matrix: Matrix<Scalar>, grid: BlockGrid, options: CompressionOptions,
    data: DataWeights<Scalar>, warmStart: BlockFactors<Scalar>?
  ) {
    self.matrix = matrix
    self.grid = grid
    self.options = options
    self.data = data
    self.warmStart = warmStart
  }

  mutating func run(
    in context: ComputeContext
  ) throws(BlockCompressionError) -> Compression<Scalar> {
    let (weighted, whitening) = try data.weighted(matrix, grid: grid)
    let solution: Solution<Scalar>
    let svd: SVD<Scalar>
    if let rank = try options.budget.rank(on: grid) {
      let used = limited(rank)
      svd = try FactorStarts.decomposition(weighted, rank: used, in: context)
      solution = try fitted(weighted, rank: used, svd: svd, in: context)
    } else if case .targetError(let target) = options.budget {
      svd = try FactorStarts.decomposition(
        weighted, rank: min(matrix.rows, matrix.columns), in: context)
      solution = try searched(weighted, target: target, svd: svd, in: context)
    } else {
      preconditionFailure("a budget is a rank or an error")
    }
    var factors = data.unweighted(solution.factors, whitening: whitening)
    if let covariance = data.covariance, data.refits {
      let ridge = Scalar.self == Float.self ? 3e-6 : 1e-10
      factors = try stoppable { () throws(ComputationStopped) in
        try DataWeights.refitted(
          factors, to: matrix, covariance: covariance, ridge: ridge, in: context)
      }
    }
    factors = factors.canonical()
    return figures(factors, solution, svd, weighted: weighted, in: context)
  }

  /// Ranks beyond the smaller side buy nothing.
  private mutating func limited(_ rank: Int) -> Int {
    let most = min(matrix.rows, matrix.columns)
    guard rank > most else { return rank }
    warnings.append("rank \(rank) lowered to \(most), the smaller side of the matrix")
    return most
  }

  private func fitted(
    _ matrix: Matrix<Scalar>, rank: Int, svd: SVD<Scalar>, in context: ComputeContext
  ) throws(BlockCompressionError) -> Solution<Scalar> {
    if let warmStart {
      let start = try FactorStarts.extended(warmStart, to: rank, of: matrix, in: context)
      return try solved(matrix, from: start, in: context)
    }
    var best = try solved(
      matrix, from: FactorStarts.factors(svd, grid: grid, rank: rank),
      in: context.section(from: 0, to: 1 / Double(max(options.starts, 1))))
    for number in 1..<max(options.starts, 1) {
      let part = context.section(
        from: Double(number) / Double(options.starts),
        to: Double(number + 1) / Double(options.starts))
      let start: BlockFactors<Scalar> = FactorStarts.random(
        grid: grid, rank: rank,
        scale: matrix.frobeniusNorm / Double(max(matrix.count, 1)).squareRoot(), number: number,
        in: context)
      let other = try solved(matrix, from: start, in: part)
      if other.relativeError < best.relativeError { best = other }
    }
    return best
  }

  private func solved(
    _ matrix: Matrix<Scalar>, from start: BlockFactors<Scalar>, in context: ComputeContext,
    target: Double? = nil
  ) throws(BlockCompressionError) -> Solution<Scalar> {
    try stoppable { () throws(ComputationStopped) in
      switch options.method {
      case .alternating(var solver):
        solver.targetError = target ?? solver.targetError
        return try AlternatingLeastSquares<Scalar>(options: solver).solve(
          matrix, from: start, in: context)
      case .gradient(let descent):
        return try GradientDescent<Scalar>(options: descent).solve(
          matrix, from: start, in: context)
      }
    }
  }

  /// The smallest rank whose error is at most the target: the error falls with the rank, so by
  /// bisection between 1 and the rank at which the SVD alone is good enough, each rank started from
  /// the best smaller one.
  private mutating func searched(
    _ matrix: Matrix<Scalar>, target: Double, svd: SVD<Scalar>, in context: ComputeContext
  ) throws(BlockCompressionError) -> Solution<Scalar> {
    let energy = matrix.sumOfSquares
    var high =
      svd.values.indices.first { rank in
        Yardsticks.error(keeping: rank, of: svd.values, energy: energy) <= target
      } ?? svd.values.count
    high = max(high, 1)
    var low = 0
    var found = try solved(
      matrix, from: FactorStarts.factors(svd, grid: grid, rank: high), in: context,
      target: target)
    if found.relativeError > target {
      warnings.append("the error \(target) is not reached even at rank \(high)")
      return found
    }
    while high - low > 1 {
      let middle = (low + high) / 2
      let trial = try solved(
        matrix, from: FactorStarts.factors(svd, grid: grid, rank: middle), in: context,
        target: target)
      if trial.relativeError <= target {
        (high, found) = (middle, trial)
      } else {
        low = middle
      }
    }
    return found
  }

  private func figures(
    _ factors: BlockFactors<Scalar>, _ solution: Solution<Scalar>, _ svd: SVD<Scalar>,
    weighted: Matrix<Scalar>, in context: ComputeContext
  ) -> Compression<Scalar> {
    let dense = factors.dense(in: context)
    var warnings = warnings
    if factors.parameters >= grid.denseParameters {
      warnings.append(
        "\(factors.parameters) parameters are no saving over the dense \(grid.denseParameters)")
    }
    return Compression(
      factors: factors,
      error: ApproximationError(matrix, approximation: dense, grid: grid),
      outputError: data.covariance.map {
        DataWeights.outputError(matrix, approximation: dense, covariance: $0)
      },
      yardsticks: Yardsticks(
        weighted, values: svd.values, energy: weighted.sumOfSquares, grid: grid,
        parameters: factors.parameters),
      sweeps: solution.sweeps, stopReason: solution.stopReason, trace: solution.trace,
      warnings: warnings)
  }
}
