import Dispatch
import Synchronization

/// Connections that come and go: those in use belong to one caller each. A server that is away is
/// not asked again before a pause that doubles from 0.1 to 5 seconds.
final class PostgreSQLPool: Sendable {
  private struct State {
    var free: [PostgreSQLConnection] = []
    var isClosed = false
    var failures = 0
    var nextTry = DispatchTime.now()
  }

  private let settings: String
  private let state = Mutex(State())

  init(settings: String) { self.settings = settings }

  func with<T>(
    _ body: (PostgreSQLConnection) throws(StoreError) -> T
  ) throws(StoreError) -> T {
    let connection = try take()
    defer { giveBack(connection) }
    return try body(connection)
  }

  /// A connection of one's own, outside the pool.
  func connect() throws(StoreError) -> PostgreSQLConnection {
    let mayTry = state.withLock { !$0.isClosed && $0.nextTry <= .now() }
    guard mayTry else { throw .unavailable(message: "waiting before the next connection") }
    do throws(StoreError) {
      let connection = try PostgreSQLConnection(settings: settings)
      state.withLock { $0.failures = 0 }
      return connection
    } catch {
      state.withLock { state in
        let pause = min(5000, 100 << min(state.failures, 6))
        state.failures += 1
        state.nextTry = .now() + .milliseconds(pause)
      }
      throw error
    }
  }

  func close() {
    let leaving = state.withLock { state in
      state.isClosed = true
      defer { state.free = [] }
      return state.free
    }
    for connection in leaving { connection.close() }
  }

  var isClosed: Bool { state.withLock { $0.isClosed } }

  private func take() throws(StoreError) -> PostgreSQLConnection {
    if let free = state.withLock({ $0.free.popLast() }) { return free }
    return try connect()
  }

  private func giveBack(_ connection: PostgreSQLConnection) {
    let isKept = state.withLock { state in
      guard connection.isAlive, !state.isClosed, state.free.count < 8 else { return false }
      state.free.append(connection)
      return true
    }
    if !isKept { connection.close() }
  }
}
