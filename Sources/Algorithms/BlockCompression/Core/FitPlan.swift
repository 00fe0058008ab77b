import Compute
import LinearAlgebra

/// The fit of one matrix on one grid: weighting, rank, starts, solver, refit, figures.
struct FitPlan<Scalar: Real>: Sendable {
  let matrix: Matrix<Scalar>
  let grid: BlockGrid
  let options: CompressionOptions
  let data: DataWeights<Scalar>
  let warmStart: BlockFactors<Scalar>?
  private var solver: NumberedSolver<Scalar>
  private var warnings: [String] = []

  /// What a fit found, and what it knows of the matrix it fitted.
  private struct Fit {
    var solution: Solution<Scalar>
    /// The singular values, or the leading ones; empty where they were not needed.
    var values: [Scalar] = []
    var spectra: BlockSpectra<Scalar>?
    /// Of a structure that is not the blocks' own: its parameters.
    var parameters: Int?
  }

  init(
    matrix: Matrix<Scalar>, grid: BlockGrid, options: CompressionOptions,
    data: DataWeights<Scalar>, warmStart: BlockFactors<Scalar>?,
    keeper: (any SolutionKeeper<Scalar>)?
  ) {
    self.matrix = matrix
    self.grid = grid
    self.options = options
    self.data = data
    self.warmStart = warmStart
    solver = NumberedSolver(method: options.method, keeper: keeper)
  }

  /// - Parameter finish: turns the factors into those that are given back, and into those that the
  ///   figures are of.
  mutating func run(
    in context: ComputeContext,
    finish: (BlockFactors<Scalar>) -> (kept: BlockFactors<Scalar>, measured: BlockFactors<Scalar>)
  ) throws(BlockCompressionError) -> Compression<Scalar> {
    let fitGrid = try options.structure?.grid(within: grid) ?? grid
    let (weighted, whitening) = try data.weighted(matrix, grid: fitGrid)
    let start = warmStart.map { data.weighted($0, whitening: whitening) }
    let part = context.section(from: 0, to: 0.9)
    let fit: Fit
    if let structure = options.structure {
      let found = try structure.fit(weighted, grid: grid, budget: options.budget, in: part)
      fit = Fit(
        solution: Solution(
          factors: found.factors, relativeError: 0, sweeps: 0, stopReason: .closedForm,
          trace: []), parameters: found.parameters)
    } else if let rank = try options.budget.rank(on: grid) {
      fit = try fitted(weighted, rank: limited(rank), warm: start, in: part)
    } else if case .targetError(let target) = options.budget {
      fit = try searched(weighted, target: target, warm: start, in: part)
    } else {
      preconditionFailure("a budget is a rank or an error")
    }
    var factors = data.unweighted(fit.solution.factors, whitening: whitening)
    if let covariance = data.covariance, data.refits, covariance.maximumMagnitude > 0 {
      let ridge = Scalar.self == Float.self ? 3e-6 : 1e-10
      factors = try stoppable { () throws(ComputationStopped) in
        try DataWeights.refitted(
          factors, to: matrix, covariance: covariance, ridge: ridge, in: part)
      }
    }
    let (kept, measured) = finish(factors.canonical())
    return try figures(
      of: measured, kept, fit, in: context.section(from: 0.9, to: 1))
  }

  /// Ranks beyond the smaller side buy nothing.
  private mutating func limited(_ rank: Int) -> Int {
    let most = min(matrix.rows, matrix.columns)
    guard rank > most else { return rank }
    warnings.append("rank \(rank) lowered to \(most), the smaller side of the matrix")
    return most
  }

  // MARK: A rank that is given

  private mutating func fitted(
    _ matrix: Matrix<Scalar>, rank: Int, warm: BlockFactors<Scalar>?, in context: ComputeContext
  ) throws(BlockCompressionError) -> Fit {
    let parameters = rank * grid.parametersPerRank
    let svd = try FactorStarts.decomposition(
      matrix, rank: max(rank, Yardsticks.lowRankRank(grid, parameters: parameters)), in: context)
    let slots = max(grid.blockRows, grid.blockColumns)
    let spectra = try BlockSpectra(
      matrix, grid: grid,
      count: max(rank / slots, Yardsticks.monarchRank(grid, parameters: parameters)),
      in: context)
    var starts: [BlockFactors<Scalar>] = []
    if let warm {
      if warm.rank > rank {
        warnings.append("the warm start of rank \(warm.rank) was cut to rank \(rank)")
      }
      starts.append(try FactorStarts.extended(warm, to: rank, of: matrix, in: context))
    } else {
      starts.append(FactorStarts.factors(svd, grid: grid, rank: rank))
      if let embedded = try FactorStarts.embedded(
        matrix, spectra: spectra, rank: rank,
        below: Yardsticks.error(
          keeping: rank, of: svd.values, all: min(grid.rows, grid.columns),
          energy: spectra.energy),
        in: context)
      {
        starts.append(embedded)
      }
    }
    let scale = matrix.frobeniusNorm / Double(max(matrix.count, 1)).squareRoot()
    let grid = grid
    for number in 1..<max(options.starts, 1) {
      starts.append(
        FactorStarts.random(grid: grid, rank: rank, scale: scale, number: number, in: context))
    }
    var best: Solution<Scalar>?
    for (number, start) in starts.enumerated() {
      let solution = try solver.solve(
        matrix, from: start,
        in: context.section(
          from: Double(number) / Double(starts.count),
          to: Double(number + 1) / Double(starts.count)))
      if let best, best.relativeError <= solution.relativeError { continue }
      best = solution
    }
    guard let best else { preconditionFailure("there is always a start") }
    return Fit(solution: best, values: svd.values, spectra: spectra)
  }

  // MARK: A rank for an error

  /// The smallest rank whose error is at most the target: the error falls with the rank, so by
  /// bisection between 1 and the rank at which the SVD alone is good enough, each rank started from
  /// the best smaller one (specs: BLAST, section 1.7).
  private mutating func searched(
    _ matrix: Matrix<Scalar>, target: Double, warm: BlockFactors<Scalar>?,
    in context: ComputeContext
  ) throws(BlockCompressionError) -> Fit {
    let energy = matrix.sumOfSquares
    let most = min(matrix.rows, matrix.columns)
    var svd = try FactorStarts.decomposition(matrix, rank: (most + 15) / 16, in: context)
    func enough() -> Int? {
      (0...svd.values.count).first {
        Yardsticks.error(keeping: $0, of: svd.values, all: most, energy: energy) <= target
      }
    }
    while svd.values.count < most, enough() == nil {
      svd = try FactorStarts.decomposition(
        matrix, rank: min(most, 2 * svd.values.count), in: context)
    }
    var high = max(enough() ?? most, 1)
    var low = 0
    var found = try solver.solve(
      matrix, from: FactorStarts.factors(svd, grid: grid, rank: high), target: target,
      in: context.section(from: 0, to: 0.2))
    if found.relativeError > target {
      warnings.append("the error \(target) is not reached even at rank \(high)")
      return Fit(solution: found, values: svd.values)
    }
    var base = warm
    var begin = 0.2
    while high - low > 1 {
      let middle = (low + high) / 2
      let start =
        try base.map { factors throws(BlockCompressionError) in
          try FactorStarts.extended(factors, to: middle, of: matrix, in: context)
        } ?? FactorStarts.factors(svd, grid: grid, rank: middle)
      let trial = try solver.solve(
        matrix, from: start, target: target,
        in: context.section(from: begin, to: (1 + begin) / 2))
      begin = (1 + begin) / 2
      if trial.relativeError <= target {
        (high, found) = (middle, trial)
      } else {
        (low, base) = (middle, trial.factors)
      }
    }
    return Fit(solution: found, values: svd.values)
  }

  // MARK: Figures

  private func figures(
    of factors: BlockFactors<Scalar>, _ kept: BlockFactors<Scalar>, _ fit: Fit,
    in context: ComputeContext
  ) throws(BlockCompressionError) -> Compression<Scalar> {
    let parameters = fit.parameters ?? factors.parameters
    var warnings = warnings
    if parameters >= grid.denseParameters {
      warnings.append(
        "\(parameters) parameters are no saving over the dense \(grid.denseParameters)")
    }
    let dense = try stoppable { () throws(ComputationStopped) in
      try factors.dense(in: context)
    }
    let outputError = try stoppable { () throws(ComputationStopped) -> Double? in
      guard let covariance = data.covariance else { return nil }
      return try DataWeights.outputError(
        matrix, approximation: dense, covariance: covariance, in: context)
    }
    return Compression(
      factors: kept, parameters: parameters,
      error: try ApproximationError(
        matrix, approximation: dense, grid: factors.grid, in: context),
      weightedError: data.weightedError(matrix, approximation: dense),
      outputError: outputError,
      yardsticks: try yardsticks(fit, parameters: parameters, in: context),
      sweeps: fit.solution.sweeps, stopReason: fit.solution.stopReason,
      trace: fit.solution.trace, warnings: warnings)
  }

  /// Of the matrix itself, whatever was fitted.
  private func yardsticks(
    _ fit: Fit, parameters: Int, in context: ComputeContext
  ) throws(BlockCompressionError) -> Yardsticks {
    var values = data.isWeighting ? [] : fit.values
    let rank = Yardsticks.lowRankRank(grid, parameters: parameters)
    if values.count < rank {
      values = try FactorStarts.values(matrix, count: rank, in: context)
    }
    let known: BlockSpectra<Scalar>
    if let spectra = fit.spectra, !data.isWeighting {
      known = spectra
    } else {
      known = try BlockSpectra(
        matrix, grid: grid, count: Yardsticks.monarchRank(grid, parameters: parameters),
        in: context)
    }
    return Yardsticks(matrix, values: values, spectra: known, parameters: parameters)
  }
}

/// The solver of a compression, with its solutions numbered in their order.
private struct NumberedSolver<Scalar: Real>: Sendable {
  let method: Method
  let keeper: (any SolutionKeeper<Scalar>)?
  private var next = 0

  init(method: Method, keeper: (any SolutionKeeper<Scalar>)?) {
    self.method = method
    self.keeper = keeper
  }

  mutating func solve(
    _ matrix: Matrix<Scalar>, from start: BlockFactors<Scalar>, target: Double? = nil,
    in context: ComputeContext
  ) throws(BlockCompressionError) -> Solution<Scalar> {
    let number = next
    next += 1
    let (method, keeper) = (method, keeper)
    return try stoppable { () throws(ComputationStopped) in
      switch method {
      case .alternating(var options):
        options.targetError = target ?? options.targetError
        let kept = keeper?.state(ofSolution: number)
        return try AlternatingLeastSquares<Scalar>(options: options).solve(
          matrix, from: start,
          resumed: kept?.best.grid == start.grid && kept?.best.rank == start.rank ? kept : nil,
          in: context
        ) { keeper?.note(solution: number, $0) }
      case .gradient(var options):
        options.targetError = target ?? options.targetError
        return try GradientDescent<Scalar>(options: options).solve(
          matrix, from: start, in: context)
      }
    }
  }
}
