public import Compute
public import LinearAlgebra

/// Why a solver ended.
public enum StopReason: String, Sendable {
  /// The loss fell by less than the tolerance over ten sweeps.
  case converged
  case maximumSweeps = "max_sweeps"
  /// The error asked for is reached.
  case targetError = "target_error"
  /// The fit is exact to working precision.
  case exact
  /// A structure in closed form: nothing was iterated.
  case closedForm = "closed_form"
}

/// How the solver runs; the defaults are those of API.md.
public struct SolverOptions: Sendable, Equatable {
  public var maximumSweeps = 200
  /// Relative fall of the loss over ten sweeps below which it ends.
  public var tolerance = 1e-3
  /// Steps beyond each exact solution; without them the sweeps are plain.
  public var extrapolates = true
  /// Relative to the mean diagonal of each system; `nil`: 3e-6 in float32, 1e-10 in float64.
  public var ridge: Double?
  /// Whether lengths are moved into s after each sweep.
  public var normalises = true
  /// Ends as soon as the relative error is at most this.
  public var targetError: Double?
  /// How many errors the trace keeps at most.
  public var traceLimit = 1000

  public init() {}
}

/// What a solver leaves.
public struct Solution<Scalar: Real>: Sendable {
  public var factors: BlockFactors<Scalar>
  /// ||A - Â|| / ||A||, from the difference itself; 0 for a zero matrix.
  public var relativeError: Double
  public var sweeps: Int
  public var stopReason: StopReason
  /// Relative error after each sweep (or iteration), by the cheap formula.
  public var trace: [Double]
}

/// Extrapolated exact alternating least squares (specs: BLAST, section 1.6): each sweep solves U, V
/// and s exactly from a point a little beyond the last one, and goes back where that did not help.
public struct AlternatingLeastSquares<Scalar: Real>: Sendable {
  public let options: SolverOptions

  public init(options: SolverOptions = SolverOptions()) {
    self.options = options
  }

  /// Solves from given factors; never returns worse than they are.
  ///
  /// - Parameters:
  ///   - matrix: A (m × n), finite, of moderate scale (see `Compressor`).
  ///   - resumed: where an earlier call with the same arguments stood; the result is the same.
  /// - Throws: `ComputationStopped`.
  /// - Complexity: a sweep takes 4mnr + (b1 + b2 + b1·b2) r³/3 flops; scratch b1·n·r numbers.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func solve(
    _ matrix: Matrix<Scalar>, from start: BlockFactors<Scalar>,
    resumed: AlternatingState<Scalar>? = nil, in context: ComputeContext,
    onSweep: (AlternatingState<Scalar>) -> Void = { _ in }
  ) throws(ComputationStopped) -> Solution<Scalar> {
    let isSingle = Scalar.self == Float.self
    let sweep = AlternatingSweep(
      matrix, grid: start.grid, rank: start.rank,
      ridge: options.ridge ?? (isSingle ? 3e-6 : 1e-10))
    guard sweep.energy > 0 else {
      return Solution(
        factors: BlockFactors(zero: start.grid, rank: start.rank), relativeError: 0, sweeps: 0,
        stopReason: .exact, trace: [])
    }
    let startLoss = try sweep.residual(start, in: context)
    var run = AlternatingRun(
      sweep, options: options,
      state: resumed ?? AlternatingState(start: start, loss: startLoss))
    var reason: StopReason?
    if startLoss <= run.exact {
      reason = .exact
    } else if let target = options.targetError, startLoss <= target * target * sweep.energy {
      reason = .targetError
    }
    while reason == nil, run.state.sweeps < options.maximumSweeps {
      reason = try run.advance(in: context)
      onSweep(run.state)
    }
    let loss = try sweep.residual(run.state.best, in: context)
    let isBetter = loss <= startLoss
    return Solution(
      factors: isBetter ? run.state.best : start,
      relativeError: ((isBetter ? loss : startLoss) / sweep.energy).squareRoot(),
      sweeps: run.state.sweeps, stopReason: reason ?? .maximumSweeps,
      trace: Array(run.trace.prefix(options.traceLimit)))
  }
}
