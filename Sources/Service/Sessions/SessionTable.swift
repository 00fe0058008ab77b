import Jobs
import Observability
import Synchronization

/// The sessions that this process has in memory.
final class SessionTable: Sendable {
  /// Sessions in memory; idle ones beyond go, and come back from the store.
  static let maximumLoaded = 256
  /// How often idle sessions are looked for.
  private static let sweepMilliseconds: Int64 = 60_000

  private struct State {
    var sessions: [JobID: (session: LiveSession, used: Timestamp)] = [:]
    var sweptAt: Timestamp?
  }

  let log: SessionLog
  private let clock: any JobClock
  private let deliver: @Sendable (@escaping @Sendable () -> Void) -> Void
  private let state = Mutex(State())

  init(_ log: SessionLog, clock: any JobClock, engine: JobEngine) {
    self.log = log
    self.clock = clock
    deliver = engine.configuration.deliver
  }

  /// The session, whose state is loaded when it is first asked for.
  subscript(id: JobID) -> LiveSession {
    let now = clock.now()
    let (session, isDue) = state.withLock { state in
      let session = state.sessions[id]?.session ?? LiveSession(id: id, log: log)
      state.sessions[id] = (session, now)
      if state.sessions.count > Self.maximumLoaded {
        let idle = state.sessions.filter { !$0.value.session.isBusy && $0.key != id }
        if let oldest = idle.min(by: { $0.value.used.milliseconds < $1.value.used.milliseconds }) {
          state.sessions[oldest.key] = nil
        }
      }
      let isDue = state.sweptAt.map { now.since($0) > Self.sweepMilliseconds } ?? true
      if isDue { state.sweptAt = now }
      return (session, isDue)
    }
    if isDue { deliver { [log] in _ = try? log.expireIdle() } }
    return session
  }

  func forget(_ id: JobID) {
    state.withLock { $0.sessions[id] = nil }
  }
}
