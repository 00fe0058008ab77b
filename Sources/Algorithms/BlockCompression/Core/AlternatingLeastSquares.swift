public import Compute
public import LinearAlgebra

/// Why a solver ended.
public enum StopReason: String, Sendable {
  /// The loss fell by less than the tolerance over ten sweeps.
  case converged
  case maximumSweeps = "max_sweeps"
  /// The error asked for is reached.
  case targetError = "target_error"
  /// The start was exact to working precision.
  case exact
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

  /// The extrapolation: its present size, and the most it may be.
  private struct Momentum {
    var size = 0.5
    var cap = 0.95

    mutating func accept() {
      size = min(cap, 1.05 * size)
      cap = min(0.95, 1.01 * cap)
    }

    mutating func reject() {
      cap = size
      size /= 1.5
    }
  }

  /// Solves from given factors; never returns worse than they are.
  ///
  /// - Parameter matrix: A (m × n), finite, of moderate scale (see `Compressor`).
  /// - Throws: `ComputationStopped`.
  /// - Complexity: a sweep takes 4mnr + (b1 + b2 + b1·b2) r³/3 flops; scratch b1·n·r numbers.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func solve(
    _ matrix: Matrix<Scalar>, from start: BlockFactors<Scalar>, in context: ComputeContext,
    onSweep: (Int, BlockFactors<Scalar>) -> Void = { _, _ in }
  ) throws(ComputationStopped) -> Solution<Scalar> {
    let isSingle = Scalar.self == Float.self
    let sweep = AlternatingSweep(
      matrix, grid: start.grid, rank: start.rank,
      ridge: options.ridge ?? (isSingle ? 3e-6 : 1e-10))
    let energy = sweep.energy
    let startLoss = sweep.residual(start, in: context)
    guard energy > 0 else {
      return Solution(
        factors: BlockFactors(zero: start.grid, rank: start.rank), relativeError: 0, sweeps: 0,
        stopReason: .exact, trace: [])
    }
    let exact = energy * Double(Scalar.ulpOfOne) * Double(Scalar.ulpOfOne) * 64
    if startLoss <= exact {
      return finished(start, startLoss, energy, 0, .exact, [])
    }
    // The cheap loss is a difference of sums of the size of the energy: below this it is noise.
    let floor = energy * (isSingle ? 1e-6 : 1e-12)
    var state = Progress(best: start, previous: start, loss: startLoss)
    var momentum = Momentum()
    var losses = [startLoss]
    var reason = StopReason.maximumSweeps
    var isExtrapolated = false
    var sweeps = 0
    while sweeps < options.maximumSweeps {
      let fraction = Double(sweeps) / Double(options.maximumSweeps)
      let error = max(state.loss / energy, 0).squareRoot()
      try context.checkpoint(
        fraction, step: sweeps, of: options.maximumSweeps, message: "relative error \(error)")
      let from =
        isExtrapolated ? state.extrapolated(by: Scalar(momentum.size)) : state.best
      var outcome = try sweep.run(from: from, in: context)
      sweeps += 1
      if options.normalises { outcome.factors.normalise() }
      if outcome.loss < floor { outcome.loss = sweep.residual(outcome.factors, in: context) }
      if outcome.loss.isFinite, outcome.loss <= state.loss || sweeps == 1 && !isExtrapolated {
        state.advance(to: outcome.factors, loss: outcome.loss)
        momentum.accept()
        isExtrapolated = options.extrapolates
      } else if isExtrapolated {
        momentum.reject()
        isExtrapolated = false
      } else {
        // An exact sweep that does not help has reached the limit of the precision.
        reason = .converged
        losses.append(state.loss)
        break
      }
      losses.append(state.loss)
      onSweep(sweeps, state.best)
      if state.loss <= exact {
        reason = .exact
        break
      }
      if let target = options.targetError, state.loss <= target * target * energy {
        reason = .targetError
        break
      }
      if losses.count > 10,
        losses[losses.count - 11] - state.loss
          < options.tolerance * losses[losses.count - 11]
      {
        reason = .converged
        break
      }
    }
    let loss = sweep.residual(state.best, in: context)
    let trace = losses.dropFirst().map { max($0 / energy, 0).squareRoot() }
    return loss <= startLoss
      ? finished(state.best, loss, energy, sweeps, reason, trace)
      : finished(start, startLoss, energy, sweeps, reason, trace)
  }

  private func finished(
    _ factors: BlockFactors<Scalar>, _ loss: Double, _ energy: Double, _ sweeps: Int,
    _ reason: StopReason, _ trace: [Double]
  ) -> Solution<Scalar> {
    Solution(
      factors: factors, relativeError: (loss / energy).squareRoot(), sweeps: sweeps,
      stopReason: reason, trace: Array(trace.prefix(options.traceLimit)))
  }

  /// The best point so far, the accepted one before it, and the loss of the best.
  private struct Progress {
    var best: BlockFactors<Scalar>
    var previous: BlockFactors<Scalar>
    var loss: Double

    mutating func advance(to factors: BlockFactors<Scalar>, loss: Double) {
      previous = best
      best = factors
      self.loss = loss
    }

    /// x + β (x - x_previous) of V and s; U is solved from them and needs none.
    func extrapolated(by beta: Scalar) -> BlockFactors<Scalar> {
      var point = best
      Self.move(&point.v, awayFrom: previous.v, by: beta)
      Self.move(&point.s, awayFrom: previous.s, by: beta)
      return point
    }

    private static func move(
      _ x: inout Matrix<Scalar>, awayFrom old: Matrix<Scalar>, by beta: Scalar
    ) {
      x.withMutableView { x in
        old.withView { add($0, scaledBy: -beta, to: x, scaledBy: 1 + beta) }
      }
    }
  }
}
