import Compute
import Dispatch
import Logging
import Observability
import Synchronization

extension JobEngine {
  /// Ends: nothing more is started; what runs gets `milliseconds` to end by itself, is then told
  /// to stop and goes back to the queue, its attempt unspent. Then the store is closed.
  ///
  /// Waits on the calling thread; at once when nothing runs. Waiting callers are told how their
  /// jobs stand.
  public func drain(milliseconds: Int64) {
    let isFirst = state.withLock { state in
      defer { if state.phase != .drained { state.phase = .draining } }
      return state.phase == .working || state.phase == .starting
    }
    guard isFirst else { return }
    giveUpHeadStart()
    // A claim may be committed and not yet begun: after this it is among the running ones, so that
    // it is given back rather than left to a lease.
    writer.flush()
    let ahead = state.withLock { state in
      defer { state.ahead = [] }
      return state.ahead
    }
    for running in ahead { giveUp(running) }
    if !waitUntilIdle(milliseconds: milliseconds) {
      let running = state.withLock { Array($0.running.values) }
      for one in running { one.stop(.drained) }
      // A library call cannot be interrupted, but is short; what takes longer is given up and its
      // outcome, should it come, refused.
      if !waitUntilIdle(milliseconds: 1000) {
        for one in state.withLock({ Array($0.running.values) }) {
          writer.post(.release(one.claim))
        }
      }
    }
    writer.flush()
    timer.stop()
    state.withLock { $0.phase = .drained }
    watchers.expire(at: clock.now().adding(milliseconds: .max / 2))
    feed.expire(at: clock.now().adding(milliseconds: .max / 2))
    for queue in storing { queue.sync {} }
    io.sync(flags: .barrier) {}
    writer.flush()
    store.close()
  }

  private func waitUntilIdle(milliseconds: Int64) -> Bool {
    let idle = DispatchSemaphore(value: 0)
    let isIdle = state.withLock { state in
      if !state.running.isEmpty { state.whenIdle.append { idle.signal() } }
      return state.running.isEmpty
    }
    if isIdle { return true }
    return idle.wait(timeout: .now() + .milliseconds(Int(clamping: milliseconds))) == .success
  }
}
