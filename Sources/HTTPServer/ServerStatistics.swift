import Synchronization

/// What a server has done so far; each figure is read on its own.
public final class ServerStatistics: Sendable {
  let accepted = Atomic<Int>(0)
  let open = Atomic<Int>(0)
  let requests = Atomic<Int>(0)
  let refused = Atomic<Int>(0)
  let turnedAway = Atomic<Int>(0)
  let timedOut = Atomic<Int>(0)
  let receivedBytes = Atomic<Int>(0)
  let sentBytes = Atomic<Int>(0)
  let acceptPauses = Atomic<Int>(0)

  init() {}

  /// Connections accepted.
  public var acceptedConnections: Int { accepted.load(ordering: .relaxed) }
  /// Connections open now.
  public var openConnections: Int { open.load(ordering: .relaxed) }
  /// Requests whose head was complete.
  public var requestsBegun: Int { requests.load(ordering: .relaxed) }
  /// Messages refused by the server itself.
  public var refusals: Int { refused.load(ordering: .relaxed) }
  /// Connections closed at accept, because their address had too many.
  public var connectionsTurnedAway: Int { turnedAway.load(ordering: .relaxed) }
  /// Connections closed by a time limit.
  public var timeouts: Int { timedOut.load(ordering: .relaxed) }
  /// Bytes read from clients.
  public var bytesReceived: Int { receivedBytes.load(ordering: .relaxed) }
  /// Bytes written to clients.
  public var bytesSent: Int { sentBytes.load(ordering: .relaxed) }
  /// Times that accepting paused, for want of descriptors or at the bound of connections.
  public var acceptPauseCount: Int { acceptPauses.load(ordering: .relaxed) }
}
