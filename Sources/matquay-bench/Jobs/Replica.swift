import Glibc
import Synchronization

/// One `matquay serve` that can be killed and started again.
final class Replica {
  private let arguments: [String]
  private var process: ChildProcess?
  private let address: ReplicaAddress

  /// - Parameter flags: of `matquay serve`, beside the port.
  init(program: String, flags: [String], address: ReplicaAddress) {
    arguments = [program, "serve", "--port", "0", "--log-level", "critical"] + flags
    self.address = address
  }

  /// Starts it; false where it does not begin to listen (its database is away).
  func start() -> Bool {
    process = ChildProcess.start(arguments)
    guard let line = process?.line(), line.hasPrefix("listening on ") else {
      _ = process?.finish()
      process = nil
      return false
    }
    address.set(String(line.dropFirst("listening on ".count)))
    return true
  }

  /// SIGKILL: it gets to do nothing more.
  func kill() {
    address.set(nil)
    process?.stop(with: SIGKILL)
    process = nil
  }

  /// SIGTERM, and waits for the end.
  func stop() {
    address.set(nil)
    process?.stop()
    process = nil
  }
}

/// Where a replica listens at present; shared with those who call it.
final class ReplicaAddress: Sendable {
  private let address = Mutex<String?>(nil)

  var url: String? { address.withLock { $0 } }

  func set(_ url: String?) { address.withLock { $0 = url } }
}
