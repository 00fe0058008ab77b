import Compute
import LinearAlgebra

/// One run of extrapolated sweeps, sweep by sweep.
///
/// 1. `best` has the smallest loss met so far, and `loss` is its loss.
/// 2. A sweep from an extrapolated point that does not lower the loss is dropped, and the next one
///    starts from `best`: it can only fail for want of precision, which ends the run.
struct AlternatingRun<Scalar: Real>: Sendable {
  private let sweep: AlternatingSweep<Scalar>
  private let options: SolverOptions
  /// Below this the error is rounding.
  let exact: Double
  /// The cheap loss is a difference of sums of the size of the energy: below this it is noise.
  private let floor: Double

  private(set) var best: BlockFactors<Scalar>
  private(set) var loss: Double
  private(set) var sweeps = 0
  private var previous: BlockFactors<Scalar>
  private var losses: [Double]
  private var momentum = Momentum()
  private var isExtrapolated = false

  init(
    _ sweep: AlternatingSweep<Scalar>, options: SolverOptions, start: BlockFactors<Scalar>,
    loss: Double
  ) {
    self.sweep = sweep
    self.options = options
    let ulp = Double(Scalar.ulpOfOne)
    exact = sweep.energy * ulp * ulp * 64
    floor = sweep.energy * (Scalar.self == Float.self ? 1e-6 : 1e-12)
    best = start
    previous = start
    self.loss = loss
    losses = [loss]
  }

  /// Relative error after each sweep.
  var trace: [Double] {
    losses.dropFirst().map { max($0 / sweep.energy, 0).squareRoot() }
  }

  /// One sweep.
  ///
  /// - Returns: why to end, or nil to go on.
  mutating func advance(
    in context: ComputeContext
  ) throws(ComputationStopped) -> StopReason? {
    let error = max(loss / sweep.energy, 0).squareRoot()
    try context.checkpoint(
      Double(sweeps) / Double(options.maximumSweeps), step: sweeps, of: options.maximumSweeps,
      message: "relative error \(error)")
    var outcome = try sweep.run(from: isExtrapolated ? extrapolated : best, in: context)
    sweeps += 1
    if options.normalises { outcome.factors.normalise() }
    if outcome.loss < floor { outcome.loss = sweep.residual(outcome.factors, in: context) }
    defer { losses.append(loss) }
    if outcome.loss.isFinite, outcome.loss <= loss {
      previous = best
      best = outcome.factors
      loss = outcome.loss
      momentum.accept()
      isExtrapolated = options.extrapolates
    } else if isExtrapolated {
      momentum.reject()
      isExtrapolated = false
    } else {
      return .converged
    }
    return ending
  }

  /// Why the run ends at the present loss.
  private var ending: StopReason? {
    if loss <= exact { return .exact }
    if let target = options.targetError, loss <= target * target * sweep.energy {
      return .targetError
    }
    guard losses.count >= 10 else { return nil }
    let before = losses[losses.count - 10]
    return before - loss < options.tolerance * before ? .converged : nil
  }

  /// x + β (x - x_previous) of V and s; U is solved from them and needs none.
  private var extrapolated: BlockFactors<Scalar> {
    var point = best
    let beta = Scalar(momentum.size)
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

/// The extrapolation: its present size, and the most it may be.
private struct Momentum {
  var size = 0.5
  private var cap = 0.95

  mutating func accept() {
    size = min(cap, 1.05 * size)
    cap = min(0.95, 1.01 * cap)
  }

  mutating func reject() {
    cap = size
    size /= 1.5
  }
}
