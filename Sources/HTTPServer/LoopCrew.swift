import CSystem

/// A loop and the threads that run it: one leads, the other watches (see `LoopLead`).
///
/// `@unchecked Sendable`: the loop is touched by the thread that leads alone. Invariant: `run` calls
/// it only while `leads`, which it becomes by being the first or by `LoopLead.watch`, and is no
/// longer once `EventLoop.run` has said that the lead is lost.
final class LoopCrew: @unchecked Sendable {
  private let loop: EventLoop
  private let lead: LoopLead
  private let ended: @Sendable () -> Void

  /// - Parameter ended: called once, when the loop has ended. The thread that does not lead then may
  ///   still be in a handler's closure.
  init(_ loop: EventLoop, _ lead: LoopLead, ended: @escaping @Sendable () -> Void) {
    self.loop = loop
    self.lead = lead
    self.ended = ended
  }

  /// What one thread does until the loop has ended. Exactly one begins with `leads`.
  func run(leads: Bool) {
    // Also in a closure: every connection of the loop waits for it.
    csystem_keep_core(1)
    defer { csystem_keep_core(0) }
    var leads = leads
    while true {
      if !leads {
        guard lead.watch() else { return }
        loop.tookOver()
      }
      if loop.run() {
        lead.end()
        return ended()
      }
      leads = false
    }
  }
}
