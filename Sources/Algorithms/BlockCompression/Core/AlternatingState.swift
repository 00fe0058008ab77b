public import LinearAlgebra

/// Where a run of sweeps stands: everything that the next sweep depends on, so that a run that goes
/// on from it gives the same bytes as one that was never interrupted.
public struct AlternatingState<Scalar: Real>: Sendable, Equatable {
  /// The best point met, and the one accepted before it.
  public var best: BlockFactors<Scalar>
  public var previous: BlockFactors<Scalar>
  /// ||A - Â||² at the start and after each sweep.
  public var losses: [Double]
  /// The extrapolation: its size, and the most it may be.
  public var momentum: Double
  public var momentumCap: Double
  /// Whether the next sweep starts from an extrapolated point.
  public var isExtrapolated: Bool

  public init(
    best: BlockFactors<Scalar>, previous: BlockFactors<Scalar>, losses: [Double],
    momentum: Double, momentumCap: Double, isExtrapolated: Bool
  ) {
    precondition(!losses.isEmpty, "the start has a loss")
    self.best = best
    self.previous = previous
    self.losses = losses
    self.momentum = momentum
    self.momentumCap = momentumCap
    self.isExtrapolated = isExtrapolated
  }

  /// At the start.
  init(start: BlockFactors<Scalar>, loss: Double) {
    self.init(
      best: start, previous: start, losses: [loss], momentum: 0.5, momentumCap: 0.95,
      isExtrapolated: false)
  }

  /// The sweeps done.
  public var sweeps: Int { losses.count - 1 }

  /// The smallest loss met, that of `best`.
  public var loss: Double { losses[losses.count - 1] }

  mutating func accept(_ factors: BlockFactors<Scalar>, loss: Double, extrapolates: Bool) {
    previous = best
    best = factors
    losses.append(loss)
    momentum = min(momentumCap, 1.05 * momentum)
    momentumCap = min(0.95, 1.01 * momentumCap)
    isExtrapolated = extrapolates
  }

  /// The sweep from an extrapolated point did not help: the next starts from `best`.
  mutating func reject() {
    losses.append(loss)
    momentumCap = momentum
    momentum /= 1.5
    isExtrapolated = false
  }

  /// A sweep from `best` itself changed nothing for the better.
  mutating func stand() { losses.append(loss) }
}

/// Keeps where long solutions stand over a crash. Solutions of one compression are numbered from 0
/// in their order, which is the same each time.
public protocol SolutionKeeper<Scalar>: Sendable {
  associatedtype Scalar: Real

  /// What was kept of a solution; `nil` starts it anew.
  func state(ofSolution number: Int) -> AlternatingState<Scalar>?

  /// Called after every sweep; decides whether to keep the state.
  func note(solution number: Int, _ state: AlternatingState<Scalar>)
}
