import HTTP
import JSON
import Jobs
import Observability
import Synchronization

/// The events of one job, from a revision on, until it is over.
///
/// Invariants:
/// 1. At most one watch of the engine is open at a time; its answer opens the next.
/// 2. What is written is always the newest record: a slow reader misses steps of progress, never
///    the last state.
/// 3. After `close` nothing is written and no watch is opened.
final class JobEventStream: Sendable {
  private struct State {
    var last: JobRecord?
    var seen: Int64
    var watch: JobWatch?
    var isClosed = false
  }

  private let core: ServiceCore
  private let job: JobID
  private let writer: any BodyWriter
  private let state: Mutex<State>
  private let slot: EventSlot

  /// - Parameters:
  ///   - seen: the last revision that the client has; 0 for none.
  ///   - slot: held while the stream lives.
  init(
    _ core: ServiceCore, job: JobID, after seen: Int64, writer: any BodyWriter, slot: EventSlot
  ) {
    self.core = core
    self.job = job
    self.writer = writer
    self.slot = slot
    state = Mutex(State(seen: seen))
  }

  func start(_ record: JobRecord) {
    writer.onClose { [self] in close() }
    slot.onEnd { [self] in end() }
    _ = writer.write(EventText.opening)
    if record.state.isFinished && record.revision <= state.withLock({ $0.seen }) {
      // The client has the last state, and may have missed that it was the last.
      let document = JobDocument.make(record, nil)
      _ = writer.write(EventText.event("end", id: record.revision, .object(document)))
      end()
    } else {
      tell(record)
    }
  }

  private func tell(_ record: JobRecord) {
    let (bytes, isOpen) = state.withLock { state -> ([UInt8], Bool) in
      guard !state.isClosed else { return ([], false) }
      guard record.revision > state.seen else { return ([], true) }
      let bytes = EventText.changes(of: record, since: state.last, id: record.revision)
      state.last = record
      state.seen = record.revision
      return (bytes, true)
    }
    guard isOpen else { return }
    let after = bytes.isEmpty ? BodyStreamState.open : writer.write(bytes)
    if record.state.isFinished { return end() }
    goOn(after)
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
    let watch = core.engine.watch(job, until: .revision(after: seen), deadline: deadline) {
      [self] sighting in
      switch sighting {
      case .met(let record): tell(record)
      case .deadline: goOn(writer.write(EventText.heartbeat))
      case .gone, .failed: end()
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
      return state.watch
    }
    watch?.cancel()
  }
}
