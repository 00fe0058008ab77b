import Dispatch
import Glibc
import Synchronization

/// How replicas tell each other that something changed: NOTIFY out, LISTEN in.
///
/// Out: at most every 2 ms (NOTIFY takes a lock of the whole server at its commit); what falls in
/// between is told at the end of that time. In: one connection on a queue of its own, waiting in
/// poll(2).
final class PostgreSQLChannel: Sendable {
  private struct State {
    /// A notification went out less than 2 ms ago; another is wanted.
    var isAnnouncing = false
    var isPending = false
    var isListening = false
    var isClosed = false
  }

  private static let name = "matquay_jobs"

  private let pool: PostgreSQLPool
  /// Tells own notifications from others'.
  private let own = Hexadecimal.text(UInt64.random(in: 0 ... .max))
  private let state = Mutex(State())
  private let sending = DispatchQueue(label: "jobs.notify")
  private let receiving = DispatchQueue(label: "jobs.listen")

  init(pool: PostgreSQLPool) { self.pool = pool }

  /// Tells the others, soon.
  func announce() {
    let starts = state.withLock { state in
      guard !state.isClosed else { return false }
      if state.isAnnouncing { state.isPending = true }
      defer { state.isAnnouncing = true }
      return !state.isAnnouncing
    }
    if starts { sending.async { [self] in sendAndRest() } }
  }

  private func sendAndRest() {
    send()
    sending.asyncAfter(deadline: .now() + .milliseconds(2)) { [self] in
      let again = state.withLock { state in
        defer { state.isPending = false }
        state.isAnnouncing = state.isPending && !state.isClosed
        return state.isAnnouncing
      }
      if again { sendAndRest() }
    }
  }

  private func send() {
    // Nobody waits for it, and who misses it looks by itself.
    try? pool.with { connection throws(StoreError) in
      try connection.run(
        "SELECT pg_notify($1, $2)", [.text(Self.name), .text(own)])
    }
  }

  /// Calls `wake` at every notification of others, and after every reconnection.
  func listen(_ wake: @escaping @Sendable () -> Void) {
    let starts = state.withLock { state in
      defer { state.isListening = true }
      return !state.isListening && !state.isClosed
    }
    if starts { receiving.async { [self] in receive(wake) } }
  }

  func close() {
    let wasListening = state.withLock { state in
      state.isClosed = true
      return state.isListening
    }
    if wasListening { receiving.sync {} }
    sending.sync {}
  }

  private var isClosed: Bool { state.withLock { $0.isClosed } }

  private func receive(_ wake: @Sendable () -> Void) {
    while !isClosed {
      guard let connection = try? pool.connect(),
        (try? connection.execute("LISTEN \(Self.name)")) != nil
      else {
        pause(milliseconds: 100)
        continue
      }
      wake()
      while !isClosed, connection.isAlive {
        var descriptor = pollfd(fd: connection.socket, events: Int16(POLLIN), revents: 0)
        // Looks up now and then, to see that it is to end.
        if poll(&descriptor, 1, 100) > 0, connection.takeNotifications(except: own) { wake() }
      }
      connection.close()
    }
  }

  private func pause(milliseconds: Int32) { poll(nil, 0, milliseconds) }
}
