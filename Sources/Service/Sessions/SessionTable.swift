import Jobs
import Observability
import Synchronization

/// The sessions that this process has in memory.
final class SessionTable: Sendable {
  /// Sessions in memory, and about how many bytes they may take; idle ones beyond go, the one
  /// longest unused first, and come back from the store.
  static let maximumLoaded = 256
  static let maximumBytes = 512 << 20
  /// Every so many accesses the bytes are looked at.
  private static let stride = 64

  private struct State {
    var sessions: [JobID: (session: LiveSession, used: Timestamp)] = [:]
    var accesses = 0
  }

  let log: SessionLog
  private let clock: any JobClock
  private let state = Mutex(State())

  init(_ log: SessionLog, clock: any JobClock) {
    self.log = log
    self.clock = clock
  }

  /// The session, whose state is loaded when it is first asked for.
  subscript(id: JobID) -> LiveSession {
    let now = clock.now()
    return state.withLock { state in
      let session = state.sessions[id]?.session ?? LiveSession(id: id, log: log)
      state.sessions[id] = (session, now)
      state.accesses += 1
      if state.sessions.count > Self.maximumLoaded || state.accesses % Self.stride == 0 {
        Self.unload(&state.sessions, but: id)
      }
      return session
    }
  }

  func forget(_ id: JobID) {
    state.withLock { $0.sessions[id] = nil }
  }

  /// Gives up sessions that were idle too long, in the store and here. Waits for the store.
  func expireIdle() throws(JobError) {
    try log.expireIdle()
    let limit = clock.now().adding(milliseconds: -log.idleMilliseconds)
    state.withLock { state in
      for (id, entry) in state.sessions
      where entry.used.milliseconds < limit.milliseconds && !entry.session.standing.isBusy {
        state.sessions[id] = nil
      }
    }
  }

  private static func unload(
    _ sessions: inout [JobID: (session: LiveSession, used: Timestamp)], but kept: JobID
  ) {
    let standings = sessions.mapValues { $0.session.standing }
    var bytes = standings.values.reduce(0) { $0 + $1.memory }
    guard sessions.count > maximumLoaded || bytes > maximumBytes else { return }
    let idle = sessions.filter { standings[$0.key]?.isBusy == false && $0.key != kept }
    for (id, _) in idle.sorted(by: { $0.value.used.milliseconds < $1.value.used.milliseconds }) {
      guard sessions.count > maximumLoaded || bytes > maximumBytes else { return }
      sessions[id] = nil
      bytes -= standings[id]?.memory ?? 0
    }
  }
}
