import Compute
import LinearAlgebra

/// One run of extrapolated sweeps, sweep by sweep.
///
/// 1. `state.best` has the smallest loss met so far, and `state.loss` is its loss.
/// 2. A sweep from an extrapolated point that does not lower the loss is dropped, and the next one
///    starts from `best`: it can only fail for want of precision, which ends the run.
struct AlternatingRun<Scalar: Real>: Sendable {
  private let sweep: AlternatingSweep<Scalar>
  private let options: SolverOptions
  /// Below this the error is rounding.
  let exact: Double
  /// The cheap loss is a difference of sums of the size of the energy: below this it is noise.
  private let floor: Double

  private(set) var state: AlternatingState<Scalar>
  private var scratch: AlternatingSweep<Scalar>.Scratch

  init(
    _ sweep: AlternatingSweep<Scalar>, options: SolverOptions, state: AlternatingState<Scalar>
  ) {
    self.sweep = sweep
    self.options = options
    self.state = state
    let ulp = Double(Scalar.ulpOfOne)
    exact = sweep.energy * ulp * ulp * 64
    floor = sweep.energy * (Scalar.self == Float.self ? 1e-6 : 1e-12)
    scratch = AlternatingSweep.Scratch(grid: sweep.grid, rank: sweep.rank)
  }

  /// Relative error after each sweep.
  var trace: [Double] {
    state.losses.dropFirst().map { max($0 / sweep.energy, 0).squareRoot() }
  }

  /// One sweep.
  ///
  /// - Returns: why to end, or nil to go on.
  mutating func advance(
    in context: ComputeContext
  ) throws(ComputationStopped) -> StopReason? {
    let error = max(state.loss / sweep.energy, 0).squareRoot()
    try context.checkpoint(
      Double(state.sweeps) / Double(options.maximumSweeps), step: state.sweeps,
      of: options.maximumSweeps, message: "sweep \(state.sweeps), relative error \(error)")
    let start = state.isExtrapolated ? extrapolated : state.best
    var outcome = try sweep.run(from: start, scratch: &scratch, in: context)
    if options.normalises { outcome.factors.normalise() }
    if outcome.loss < floor {
      outcome.loss = try sweep.residual(outcome.factors, in: context)
    }
    if outcome.loss.isFinite, outcome.loss <= state.loss {
      state.accept(outcome.factors, loss: outcome.loss, extrapolates: options.extrapolates)
    } else if state.isExtrapolated {
      state.reject()
    } else {
      state.stand()
      return .converged
    }
    return ending
  }

  /// Why the run ends at the present loss.
  private var ending: StopReason? {
    let loss = state.loss
    if loss <= exact { return .exact }
    if let target = options.targetError, loss <= target * target * sweep.energy {
      return .targetError
    }
    guard state.sweeps >= 10 else { return nil }
    let before = state.losses[state.sweeps - 10]
    return before - loss < options.tolerance * before ? .converged : nil
  }

  /// x + β (x - x_previous) of V and s; U is solved from them and needs none.
  private var extrapolated: BlockFactors<Scalar> {
    var point = state.best
    let beta = Scalar(state.momentum)
    Self.move(&point.v, awayFrom: state.previous.v, by: beta)
    Self.move(&point.s, awayFrom: state.previous.s, by: beta)
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
