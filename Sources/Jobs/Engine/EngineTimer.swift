import Dispatch
import Synchronization

/// Calls the engine again and again, on a queue where nothing else runs: heartbeats must not wait
/// for computations or files.
///
/// The engine says after each call when the next is due; `hurry` moves it forward.
final class EngineTimer: Sendable {
  private struct State {
    var source: (any DispatchSourceTimer)?
    var due: DispatchTime = .distantFuture
  }

  private let queue = DispatchQueue(label: "jobs.timer", qos: .userInitiated)
  private let state = Mutex(State())

  func start(_ body: @escaping @Sendable () -> Void) {
    state.withLock { state in
      let source = DispatchSource.makeTimerSource(queue: queue)
      source.setEventHandler(handler: body)
      source.schedule(deadline: .now())
      state.source = source
      source.resume()
    }
  }

  /// Sets the next call that many milliseconds from now.
  func next(inMilliseconds delay: Int64) {
    let due = DispatchTime.now() + .milliseconds(Int(clamping: max(delay, 1)))
    state.withLock { state in
      state.due = due
      state.source?.schedule(deadline: due, leeway: .milliseconds(1))
    }
  }

  /// The next call comes no later than that many milliseconds from now.
  func hurry(withinMilliseconds delay: Int64) {
    let due = DispatchTime.now() + .milliseconds(Int(clamping: max(delay, 1)))
    state.withLock { state in
      guard due < state.due else { return }
      state.due = due
      state.source?.schedule(deadline: due, leeway: .milliseconds(1))
    }
  }

  /// No call after this returns.
  func stop() {
    let wasRunning = state.withLock { state in
      defer { state.source = nil }
      state.source?.cancel()
      return state.source != nil
    }
    if wasRunning { queue.sync {} }
  }
}
