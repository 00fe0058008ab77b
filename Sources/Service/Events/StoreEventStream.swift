import HTTP
import Jobs
import Observability
import Synchronization

/// The events of every job that a caller may see, from a change of the store on.
///
/// Invariants: as `JobEventStream`; `known` holds the jobs told of that were open then.
final class StoreEventStream: Sendable {
  private struct State {
    var seen: Int64
    var known: [JobID: JobRecord] = [:]
    var watch: ChangeWatch?
    var isClosed = false
  }

  private let core: ServiceCore
  private let owner: String?
  private let writer: any BodyWriter
  private let state: Mutex<State>
  private let slot: EventSlot

  init(
    _ core: ServiceCore, owner: String?, after seen: Int64, writer: any BodyWriter,
    slot: EventSlot
  ) {
    self.core = core
    self.owner = owner
    self.writer = writer
    self.slot = slot
    state = Mutex(State(seen: seen))
  }

  func start() {
    writer.onClose { [self] in close() }
    slot.onEnd { [self] in end() }
    goOn(writer.write(EventText.opening))
  }

  private func tell(_ changes: JobChanges) {
    let bytes = state.withLock { state -> [UInt8] in
      var bytes: [UInt8] = []
      for job in changes.jobs {
        bytes += EventText.changes(of: job, since: state.known[job.id], id: job.changeNumber)
        state.known[job.id] = job.state.isFinished ? nil : job
      }
      state.seen = max(state.seen, changes.last)
      return bytes
    }
    goOn(writer.write(bytes.isEmpty ? EventText.heartbeat : bytes))
  }

  private func goOn(_ state: BodyStreamState) {
    switch state {
    case .open: watch()
    case .full: writer.onReady { [self] in watch() }
    case .closed: close()
    }
  }

  private func watch() {
    let (seen, isClosed) = state.withLock { ($0.seen, $0.isClosed) }
    guard !isClosed else { return }
    let deadline = core.clock.now().adding(milliseconds: EventSlot.heartbeatMilliseconds)
    let watch = core.engine.watchChanges(after: seen, owner: owner, deadline: deadline) {
      [self] result in
      switch result {
      case .success(let changes): tell(changes)
      // The store may come back: the client asks again from where it was.
      case .failure: end()
      }
    }
    let isLate = state.withLock { state in
      state.watch = watch
      return state.isClosed
    }
    if isLate { watch.cancel() }
  }

  /// Ends the stream from this side.
  private func end() {
    close()
    writer.finish()
  }

  private func close() {
    slot.close()
    let watch = state.withLock { state in
      state.isClosed = true
      state.known = [:]
      return state.watch
    }
    watch?.cancel()
  }
}
