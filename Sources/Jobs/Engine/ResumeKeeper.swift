import Compute
import Dispatch
import Logging
import Synchronization

/// Keeps one execution's resume state in the store. While one state is written the next waits, and
/// only the last of those that wait is written.
final class ResumeKeeper: ResumePoint {
  private struct State {
    var latest: [UInt8]?
    /// Whether the latest state is on its way to the store.
    var isPosted = true
    var isWriting = false
  }

  private let running: RunningExecution
  private let engine: JobEngine
  private let state: Mutex<State>

  init(running: RunningExecution, engine: JobEngine, state: [UInt8]?) {
    self.running = running
    self.engine = engine
    self.state = Mutex(State(latest: state))
  }

  func load() -> [UInt8]? { state.withLock { $0.latest } }

  func save(_ new: [UInt8]) {
    let starts = state.withLock { state in
      state.latest = new
      state.isPosted = false
      defer { state.isWriting = true }
      return !state.isWriting
    }
    if starts { engine.io.async { self.writeNext() } }
  }

  /// Sees to it that the last state saved is posted before what is posted next: for a computation
  /// that stops to go on later. Waits for files.
  func writeRest() {
    let rest = state.withLock { $0.isPosted ? nil : $0.latest }
    if let rest { post(rest) {} }
  }

  private func writeNext() {
    let next = state.withLock { state -> [UInt8]? in
      state.isWriting = !state.isPosted
      return state.isPosted ? nil : state.latest
    }
    guard let next else { return }
    post(next) { [self] in engine.io.async { self.writeNext() } }
  }

  private func post(_ bytes: [UInt8], then done: @escaping @Sendable () -> Void) {
    do throws(StoreError) {
      let stored: StoredBytes =
        bytes.count <= engine.configuration.inlineBytes
        ? .inline(bytes) : .blob(try engine.blobs.write(bytes), count: bytes.count)
      engine.writer.post(.saveResume(running.claim, stored)) { _ in done() }
    } catch {
      // A state that cannot be kept costs time after a crash, nothing else.
      engine.logger.warning(
        "a resume point could not be stored", metadata: ["error": "\(error)"])
      done()
    }
    state.withLock { state in
      if state.latest == bytes { state.isPosted = true }
    }
  }
}
