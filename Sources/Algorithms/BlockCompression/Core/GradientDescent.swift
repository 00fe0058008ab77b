public import Compute
public import LinearAlgebra

/// How the gradient methods run.
public struct DescentOptions: Sendable, Equatable {
  public var iterations = 300
  /// η at the first iteration; `nil` takes for each block 1 over the norm of its own Hessian.
  public var step: Double? = 1
  /// η falls linearly to this share of itself.
  public var endFactor = 0.0
  /// Whether each step is multiplied by the inverse of its own damped Gram matrix.
  public var isPreconditioned = true
  /// δ: the damping is δ·||A - Â||, taken anew before each third.
  public var damping = 0.1
  /// 1 for the loss ½||E||², 2 for ||E||².
  public var gradientScale = 1.0
  public var targetError: Double?

  public init() {}
}

/// The paper's gradient methods, plain and preconditioned (arXiv 2410.21262): per iteration a step
/// of U, of V and of s, each from a fresh residual; all blocks of a third at once.
///
///     U_i += η g (Σ_j E_ij V_j D_ij) P,  P = (Σ_j D_ij V_jᵀV_j D_ij + εI)⁻¹
///     V_j += η g (Σ_i E_ijᵀ U_i D_ij) P,  P = (Σ_i D_ij U_iᵀU_i D_ij + εI)⁻¹
///     s_ij += η g P diag(U_iᵀ E_ij V_j),  P = ((U_iᵀU_i) ∘ (V_jᵀV_j) + εI)⁻¹
///
/// The preconditioner of s_ij is that of block (i, j); the authors' code takes block (j, i)'s.
public struct GradientDescent<Scalar: Real>: Sendable {
  public let options: DescentOptions

  public init(options: DescentOptions = DescentOptions()) {
    self.options = options
  }

  /// ||A - Â|| and the damping after the thirds of one iteration.
  public struct Thirds: Sendable, Equatable {
    public var norms: [Double]
    public var dampings: [Double]
  }

  /// Runs all iterations from given factors; returns the best point met.
  ///
  /// - Complexity: 6 products of 2mnr flops an iteration.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func solve(
    _ matrix: Matrix<Scalar>, from start: BlockFactors<Scalar>, in context: ComputeContext,
    onIteration: (Int, BlockFactors<Scalar>, Thirds) -> Void = { _, _, _ in }
  ) throws(ComputationStopped) -> Solution<Scalar> {
    let energy = matrix.sumOfSquares
    guard energy > 0 else {
      return Solution(
        factors: BlockFactors(zero: start.grid, rank: start.rank), relativeError: 0, sweeps: 0,
        stopReason: .exact, trace: [])
    }
    var factors = start
    var error = matrix - (try factors.dense(in: context))
    var best = (factors: factors, loss: error.sumOfSquares)
    var trace: [Double] = []
    var reason = StopReason.maximumSweeps
    for iteration in 0..<options.iterations {
      try context.checkpoint(
        Double(iteration) / Double(options.iterations), step: iteration, of: options.iterations,
        message: "relative error \((error.sumOfSquares / energy).squareRoot())")
      let fraction = Double(iteration) / Double(options.iterations)
      let eta = (options.step ?? 1) * (1 + (options.endFactor - 1) * fraction)
      var thirds = Thirds(norms: [], dampings: [])
      for third in Third.allCases {
        let damping =
          options.isPreconditioned ? options.damping * error.frobeniusNorm : 0
        try step(&factors, third, error, eta: eta, damping: damping, in: context)
        error = matrix - (try factors.dense(in: context))
        thirds.norms.append(error.frobeniusNorm)
        thirds.dampings.append(damping)
      }
      let loss = error.sumOfSquares
      trace.append((loss / energy).squareRoot())
      onIteration(iteration + 1, factors, thirds)
      // A step that ran away is not worth going on from; the best point stands.
      guard loss.isFinite else { break }
      if loss < best.loss { best = (factors, loss) }
      if let target = options.targetError, loss <= target * target * energy {
        reason = .targetError
        break
      }
    }
    return Solution(
      factors: best.factors, relativeError: (best.loss / energy).squareRoot(),
      sweeps: trace.count, stopReason: reason, trace: trace)
  }

  private enum Third: CaseIterable {
    case u, v, s
  }

  private func step(
    _ factors: inout BlockFactors<Scalar>, _ third: Third, _ error: Matrix<Scalar>, eta: Double,
    damping: Double, in context: ComputeContext
  ) throws(ComputationStopped) {
    switch third {
    case .u:
      factors.u = try moved(factors, error, eta: eta, damping: damping, in: context)
    case .v:
      factors.v = try moved(
        factors.transposed, error.transposed(), eta: eta, damping: damping, in: context)
    case .s:
      factors.s = try movedScales(factors, error, eta: eta, damping: damping, in: context)
    }
  }

  /// The step of U; that of V is the same on the transposed matrix.
  private func moved(
    _ factors: BlockFactors<Scalar>, _ error: Matrix<Scalar>, eta: Double, damping: Double,
    in context: ComputeContext
  ) throws(ComputationStopped) -> Matrix<Scalar> {
    let grid = factors.grid
    let inner = grid.blockRows < 4 ? context : context.serial
    let strips = try context.parallelMap(grid.blockRows) { i throws(ComputationStopped) in
      let rows = grid.rowRange(i)
      let scaled = factors.scaledV(row: i)
      var gradient = try error.block(rows: rows, columns: 0..<grid.columns).times(
        scaled, in: inner)
      let hessian = try scaled.gramOfColumns(in: inner)
      let size = shaped(&gradient, hessian: hessian, eta: eta, damping: damping)
      var strip = factors.u.block(rows: rows, columns: 0..<factors.rank)
      strip.withMutableView { target in
        gradient.withView { add($0, scaledBy: Scalar(size), to: target) }
      }
      return strip
    }
    return Matrix(
      rows: grid.rows, columns: factors.rank, elements: strips.flatMap(\.elements))
  }

  private func movedScales(
    _ factors: BlockFactors<Scalar>, _ error: Matrix<Scalar>, eta: Double, damping: Double,
    in context: ComputeContext
  ) throws(ComputationStopped) -> Matrix<Scalar> {
    let (grid, r) = (factors.grid, factors.rank)
    let lines = try context.parallelMap(grid.blocks) { line throws(ComputationStopped) in
      try context.checkpoint()
      let (rows, columns) = (
        grid.rowRange(line / grid.blockColumns), grid.columnRange(line % grid.blockColumns)
      )
      let u = factors.u.block(rows: rows, columns: 0..<r)
      let v = factors.v.block(rows: columns, columns: 0..<r)
      let product = error.block(rows: rows, columns: columns).transposedTimes(u)  // (q × r)
      var gradient = Matrix<Scalar>(rows: 1, columns: r) { _, k in
        (0..<v.rows).reduce(0) { $0 + product[$1, k] * v[$1, k] }
      }
      var hessian = u.gramOfColumns()
      let other = v.gramOfColumns()
      hessian.withMutableView { target in other.withView { hadamard($0, into: target) } }
      let size = shaped(&gradient, hessian: hessian, eta: eta, damping: damping)
      return (0..<r).map { factors.s[line, $0] + Scalar(size) * gradient[0, $0] }
    }
    return Matrix(rows: grid.blocks, columns: r, elements: lines.flatMap { $0 })
  }

  /// Preconditions a gradient (rows × r) where asked for, and tells the size of the step.
  private func shaped(
    _ gradient: inout Matrix<Scalar>, hessian: Matrix<Scalar>, eta: Double, damping: Double
  ) -> Double {
    guard options.isPreconditioned else {
      guard options.step == nil else { return eta * options.gradientScale }
      // Descent is certain with 1 over the Hessian's norm; its trace norm bounds that from above.
      let norm = (try? SymmetricEigen.values(of: hessian).last).map { Double($0) } ?? nil
      return norm.map { $0 > 0 ? eta / $0 : 0 } ?? 0
    }
    var system = hessian
    system.withMutableView { addToDiagonal(Scalar(damping), of: $0) }
    gradient.withMutableView { GramSystem<Scalar>(ridge: 0).solve(system, rows: $0) }
    return eta * options.gradientScale
  }
}
