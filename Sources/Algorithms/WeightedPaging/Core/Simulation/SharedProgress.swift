import Compute
import Synchronization

/// Progress of many runs as one fraction, and their common stop signal.
final class SharedProgress: Sendable {
  private let total: Int
  private let done = Atomic(0)
  private let context: ComputeContext

  init(total: Int, _ context: ComputeContext) {
    self.total = total
    self.context = context
  }

  /// Counts `units` as done; throws when the computation is to stop.
  func advance(by units: Int) throws(ComputationStopped) {
    let now = done.add(units, ordering: .relaxed).newValue
    try context.checkpoint(
      Double(now) / Double(total), step: now, of: total, message: "requests")
  }

  /// A context for a piece that counts as `units`.
  func part(_ units: Int) -> ComputeContext {
    ComputeContext(seed: context.seed, monitor: Part(whole: self, units: units))
  }

  /// Turns the fractions of one piece into units of the whole.
  private final class Part: ComputationMonitor {
    private let whole: SharedProgress
    private let units: Int
    private let counted = Atomic(0)

    init(whole: SharedProgress, units: Int) {
      self.whole = whole
      self.units = units
    }

    func stopReason() -> ComputationStopped.Reason? { whole.context.stopReason }

    func progress(fraction: Double, step: Int?, total: Int?, message: String?) {
      let now = Int(fraction * Double(units))
      let before = counted.exchange(now, ordering: .relaxed)
      // A stop is seen by the piece itself, at its own checkpoint.
      do { try whole.advance(by: max(0, now - before)) } catch { return }
    }
  }
}
