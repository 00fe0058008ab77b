import CSystem
import Glibc
import HTTP

/// The listening sockets of one loop.
///
/// A spare descriptor is kept open: when the process has none left it is closed, the waiting
/// connection is accepted and closed at once, and accepting pauses. Without it the listener would
/// stay ready for ever and the loop would spin. The last descriptors before that are never kept
/// for a connection (`highestDescriptor`): others in the process cannot do without.
///
/// At the bound of connections the admin listeners go on, with a bound of their own: a service that
/// is full must still be able to say so.
struct Acceptor: ~Copyable {
  /// The generation that marks a listener's token.
  static let generation = UInt32.max

  /// Connections to the admin listeners; more are closed at once.
  static let adminConnections = 64

  /// What came of one accept.
  enum Outcome {
    case accepted(Connection)
    /// The address, or the admin listener, has its share of connections; closed.
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
  private let addresses: AddressShares
  private let proxies: TrustedProxies
  private let maximumConnections: Int
  private let highestDescriptor: Int32
  private var spare: Int32
  private var openAdmin = 0
  /// Listeners in the poll.
  private var watched: [Bool]
  /// The listeners for everyone are not watched.
  private(set) var isPaused = true
  private(set) var isClosed = false
  private(set) var resumeAt: Int64?

  init(
    _ listeners: [Listener], handler: any RequestHandler, adminHandler: any RequestHandler,
    tls: TLSContextBox?, _ configuration: ServerConfiguration, addresses: AddressShares,
    maximumConnections: Int, highestDescriptor: Int32
  ) {
    self.listeners = listeners
    self.handler = handler
    self.adminHandler = adminHandler
    self.tls = tls
    self.addresses = addresses
    proxies = configuration.trustedProxies
    self.maximumConnections = maximumConnections
    self.highestDescriptor = highestDescriptor
    watched = Array(repeating: false, count: listeners.count)
    spare = open("/dev/null", O_RDONLY | O_CLOEXEC)
  }

  /// Watches the listeners.
  mutating func resume(_ loop: LoopContext) {
    guard isPaused, !isClosed else { return }
    isPaused = false
    resumeAt = nil
    if spare < 0 { spare = open("/dev/null", O_RDONLY | O_CLOEXEC) }
    for (index, listener) in listeners.enumerated() where !watched[index] {
      let id = ConnectionID(slot: UInt32(index), generation: Self.generation)
      watched[index] = loop.poller.add(listener.descriptor, csystem_poll_in, token: id.token)
    }
  }

  /// Lets connections wait in the kernel: all of them until `time`, for want of descriptors; or
  /// (nil) those of everyone until one of ours is gone.
  mutating func pause(_ loop: LoopContext, until time: Int64?) {
    isPaused = true
    resumeAt = time
    for (index, listener) in listeners.enumerated()
    where watched[index] && (time != nil || isClosed || !listener.isAdmin) {
      loop.poller.remove(listener.descriptor)
      watched[index] = false
    }
  }

  /// No more connections are taken from the listener while so many are open in all.
  func isFull(_ index: Int, open: Int) -> Bool {
    !listeners[index].isAdmin && open - openAdmin >= maximumConnections
  }

  /// A connection is gone, and `open` are left: those of everyone may come again.
  func hasRoomAgain(open: Int) -> Bool {
    isPaused && resumeAt == nil && open - openAdmin < maximumConnections
  }

  /// Stops listening.
  mutating func close(_ loop: LoopContext) {
    guard !isClosed else { return }
    isClosed = true
    pause(loop, until: nil)
    for listener in listeners { listener.close() }
    if spare >= 0 { Glibc.close(spare) }
    spare = -1
  }

  mutating func accept(_ index: Int, _ id: ConnectionID, _ loop: LoopContext) -> Outcome {
    guard index < listeners.count, watched[index] else { return .nothing }
    let listener = listeners[index]
    while true {
      var address = SocketAddress()
      let descriptor = address.fill { csystem_accept(listener.descriptor, $0, &$1) }
      // A new descriptor is the least that is free, so its number says how many are left.
      if descriptor > highestDescriptor {
        Glibc.close(descriptor)
        return .exhausted
      }
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
    var counted: IPAddress?
    if listener.isAdmin {
      guard openAdmin < Self.adminConnections else {
        Glibc.close(descriptor)
        return .turnedAway
      }
    } else if addresses.isLimited, let address = address.numeric?.address,
      !proxies.contains(address)
    {
      guard addresses.take(address.subscriber) else {
        Glibc.close(descriptor)
        return .turnedAway
      }
      counted = address.subscriber
    }
    var transport = Transport.plain
    if listener.isSecure {
      guard let session = tls?.current.makeSession(descriptor) else {
        if let counted { addresses.giveBack(counted) }
        Glibc.close(descriptor)
        return .turnedAway
      }
      transport = .secure(session)
    }
    if listener.isAdmin { openAdmin += 1 }
    return .accepted(
      Connection(
        id, descriptor, listener.isAdmin ? adminHandler : handler, transport, peer,
        counted: listener.isAdmin ? .admin : counted.map { .address($0) } ?? .no, loop))
  }

  /// A connection is gone.
  mutating func left(_ connection: Connection) {
    switch connection.counted {
    case .no: break
    case .admin: openAdmin -= 1
    case .address(let address): addresses.giveBack(address)
    }
  }
}

/// What a connection counts against, beside the number of all.
enum ConnectionShare {
  case no
  case admin
  case address(IPAddress)
}
