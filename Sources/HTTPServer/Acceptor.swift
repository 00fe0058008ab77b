import CSystem
import Glibc
import HTTP

/// The listening sockets of one loop.
///
/// A spare descriptor is kept open: when the process has none left it is closed, the waiting
/// connection is accepted and closed at once, and accepting pauses. Without it the listener would
/// stay ready for ever and the loop would spin.
struct Acceptor {
  /// The generation that marks a listener's token.
  static let generation = UInt32.max

  /// What came of one accept.
  enum Outcome {
    case accepted(Connection)
    /// The address has its share of connections; closed.
    case turnedAway
    /// Nobody is waiting.
    case nothing
    /// The process has no descriptors left.
    case exhausted
  }

  private let listeners: [Listener]
  private let handler: any RequestHandler
  private let adminHandler: any RequestHandler
  private let tls: TLSContextBox?
  private let perAddress: Int?
  let maximumConnections: Int
  private var spare: Int32
  private var addresses: [String: Int] = [:]
  private(set) var isPaused = true
  private(set) var isClosed = false
  private(set) var resumeAt: Int64?

  init(
    _ listeners: [Listener], handler: any RequestHandler, adminHandler: any RequestHandler,
    tls: TLSContextBox?, perAddress: Int?, maximumConnections: Int
  ) {
    self.listeners = listeners
    self.handler = handler
    self.adminHandler = adminHandler
    self.tls = tls
    self.perAddress = perAddress
    self.maximumConnections = maximumConnections
    spare = open("/dev/null", O_RDONLY | O_CLOEXEC)
  }

  /// Watches the listeners.
  mutating func resume(_ loop: LoopContext) {
    guard isPaused, !isClosed else { return }
    isPaused = false
    resumeAt = nil
    if spare < 0 { spare = open("/dev/null", O_RDONLY | O_CLOEXEC) }
    for (index, listener) in listeners.enumerated() {
      let id = ConnectionID(slot: UInt32(index), generation: Self.generation)
      _ = loop.poller.add(listener.descriptor, csystem_poll_in, token: id.token)
    }
  }

  /// Lets connections wait in the kernel, until `time` or (nil) until one of ours is gone.
  mutating func pause(_ loop: LoopContext, until time: Int64?) {
    guard !isPaused else { return }
    isPaused = true
    resumeAt = time
    for listener in listeners { loop.poller.remove(listener.descriptor) }
  }

  /// Stops listening.
  mutating func close(_ loop: LoopContext) {
    guard !isClosed else { return }
    pause(loop, until: nil)
    isClosed = true
    for listener in listeners { listener.close() }
    if spare >= 0 { Glibc.close(spare) }
    spare = -1
  }

  mutating func accept(_ index: Int, _ id: ConnectionID, _ loop: LoopContext) -> Outcome {
    guard !isPaused, index < listeners.count else { return .nothing }
    let listener = listeners[index]
    while true {
      var address = SocketAddress()
      let descriptor = address.fill { csystem_accept(listener.descriptor, $0, &$1) }
      if descriptor >= 0 { return admit(descriptor, address, listener, id, loop) }
      switch errno {
      case EINTR, ECONNABORTED, EPROTO: continue
      case EMFILE, ENFILE, ENOBUFS, ENOMEM:
        if spare >= 0 { Glibc.close(spare) }
        let unlucky = csystem_accept(listener.descriptor, nil, nil)
        if unlucky >= 0 { Glibc.close(unlucky) }
        spare = open("/dev/null", O_RDONLY | O_CLOEXEC)
        return .exhausted
      default: return .nothing
      }
    }
  }

  private mutating func admit(
    _ descriptor: Int32, _ address: SocketAddress, _ listener: Listener, _ id: ConnectionID,
    _ loop: LoopContext
  ) -> Outcome {
    let peer = address.peer(isSecure: listener.isSecure)
    var counted: String?
    if let perAddress, address.family != AF_UNIX {
      guard addresses[peer.address, default: 0] < perAddress else {
        Glibc.close(descriptor)
        return .turnedAway
      }
      addresses[peer.address, default: 0] += 1
      counted = peer.address
    }
    var transport = Transport.plain
    if listener.isSecure {
      guard let session = tls?.current.makeSession(descriptor) else {
        Glibc.close(descriptor)
        if let counted { uncount(counted) }
        return .turnedAway
      }
      transport = .secure(session)
    }
    return .accepted(
      Connection(
        id, descriptor, listener.isAdmin ? adminHandler : handler, transport, peer,
        countedAddress: counted, loop))
  }

  /// A connection is gone.
  mutating func left(_ connection: Connection) {
    if let address = connection.countedAddress { uncount(address) }
  }

  private mutating func uncount(_ address: String) {
    let count = addresses[address, default: 1] - 1
    addresses[address] = count == 0 ? nil : count
  }
}
