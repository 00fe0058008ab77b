import CSystem
import Dispatch
import Glibc
public import HTTP
public import Logging
public import Observability
import Synchronization

/// An HTTP/1.1 server: event loops, request threads and a handler.
///
/// Life: `start` once; then `drain` (or `stop`) once; a server does not start again.
/// ```
///   new ──start──▶ running ──drain──▶ draining ──nothing left, time limit or stop──▶ stopped
/// ```
public final class Server: Sendable {
  private enum Phase { case new, running, draining, stopped }

  private struct State {
    var phase = Phase.new
    var mailboxes: [Mailbox] = []
    var pool: RequestPool?
  }

  private let configuration: ServerConfiguration
  private let handler: any RequestHandler
  private let adminHandler: any RequestHandler
  private let logger: Logger
  private let state = Mutex(State())
  private let loops = DispatchGroup()
  private let memory: BodyMemory
  private let addresses: AddressShares
  private let tls: Mutex<TLSContextBox?> = Mutex(nil)
  /// What the server has done so far.
  public let statistics = ServerStatistics()

  /// A server that gives requests to `handler`, and those of the admin addresses to
  /// `adminHandler`. `metrics` gets the server's figures.
  public init(
    configuration: ServerConfiguration, handler: any RequestHandler,
    adminHandler: (any RequestHandler)? = nil, logger: Logger, metrics: MetricsRegistry? = nil
  ) {
    self.configuration = configuration
    self.handler = handler
    self.adminHandler = adminHandler ?? handler
    self.logger = logger
    memory = BodyMemory(limit: configuration.maximumBodyMemory)
    addresses = AddressShares(limit: configuration.maximumConnectionsPerAddress)
    if let metrics { observe(metrics) }
  }

  /// Binds every address, then runs the loops. Returns the addresses as bound, in the order of the
  /// configuration, the admin ones last.
  /// - Throws: `ServerError`; nothing is left open then.
  public func start() throws(ServerError) -> [BoundAddress] {
    let isFirst = state.withLock { state in
      guard state.phase == .new else { return false }
      state.phase = .running
      return true
    }
    guard isFirst else { throw .alreadyStarted }
    // Writes to a connection that is gone have to fail, not to kill the process; TLS and sendfile
    // have no flag for it.
    signal(SIGPIPE, SIG_IGN)
    let bounds = raiseDescriptorLimit()
    let box = try configuration.tls.map { configuration throws(ServerError) in
      TLSContextBox(try TLSContext(configuration))
    }
    tls.withLock { $0 = box }
    let listeners = try openListeners()
    let pool = RequestPool(
      threads: configuration.requestThreads, limit: configuration.requestQueue)
    state.withLock { $0.pool = pool }
    do throws(ServerError) {
      for (index, own) in listeners.enumerated() {
        // Each loop has its share; the first ones take what is left over.
        let (share, rest) = bounds.connections.quotientAndRemainder(dividingBy: listeners.count)
        try startLoop(
          index, own, pool, box, maximumConnections: share + (index < rest ? 1 : 0),
          highestDescriptor: bounds.highest)
      }
    } catch {
      stop()
      throw error
    }
    return listeners[0].map(\.bound)
  }

  private func startLoop(
    _ index: Int, _ listeners: [Listener], _ pool: RequestPool, _ box: TLSContextBox?,
    maximumConnections: Int, highestDescriptor: Int32
  ) throws(ServerError) {
    let mailbox = try Mailbox()
    state.withLock { $0.mailboxes.append(mailbox) }
    loops.enter()
    DispatchQueue(label: "matquay.loop.\(index)").async { [self] in
      csystem_set_thread_name("mq-loop-\(index)")
      do throws(ServerError) {
        let context = try LoopContext(
          configuration, mailbox: mailbox, pool: pool, memory: memory, statistics: statistics)
        let acceptor = Acceptor(
          listeners, handler: handler, adminHandler: adminHandler, tls: box,
          configuration, addresses: addresses, maximumConnections: max(1, maximumConnections),
          highestDescriptor: highestDescriptor)
        let lead = LoopLead()
        let crew = LoopCrew(EventLoop(context, lead, acceptor, logger), lead) { [loops] in
          loops.leave()
        }
        if configuration.shortClosure > 0 {
          DispatchQueue(label: "matquay.loop.\(index).watch").async {
            csystem_set_thread_name("mq-loop-\(index)")
            crew.run(leads: false)
          }
        }
        crew.run(leads: true)
      } catch {
        logger.critical("a loop could not start: \(error)")
        loops.leave()
      }
    }
  }

  /// The listeners of each loop: TCP addresses on every loop, the others on the first.
  private func openListeners() throws(ServerError) -> [[Listener]] {
    let count = max(1, configuration.ioLoops)
    var listeners: [[Listener]] = Array(repeating: [], count: count)
    do throws(ServerError) {
      for address in configuration.addresses {
        try open(address, isAdmin: false, loops: count, into: &listeners)
      }
      for address in configuration.adminAddresses {
        try open(address, isAdmin: true, loops: 1, into: &listeners)
      }
    } catch {
      for listener in listeners.joined() { listener.close() }
      throw error
    }
    return listeners
  }

  private func open(
    _ address: ListenAddress, isAdmin: Bool, loops: Int, into listeners: inout [[Listener]]
  ) throws(ServerError) {
    guard case .tcp(let host, _) = address else {
      listeners[0].append(
        try Listener.open(
          address, isAdmin: isAdmin, isSecure: false, shares: false,
          backlog: configuration.backlog))
      return
    }
    var address = address
    for index in 0..<loops {
      let listener = try Listener.open(
        address, isAdmin: isAdmin, isSecure: configuration.tls != nil && !isAdmin,
        shares: loops > 1, backlog: configuration.backlog)
      listeners[index].append(listener)
      // The first loop's free port is everyone's.
      address = .tcp(host: host, port: listener.bound.port)
    }
  }

  /// Descriptors that no connection ever takes, where there are as many: libdispatch reads a file of
  /// /proc about once a second and ends the process when it cannot open it; the store opens files too.
  private static let reservedDescriptors = 16

  /// Raises the soft bound of descriptors to the hard one. Returns the connections that leave 256
  /// descriptors for everything else (16 where there are not as many), and the largest descriptor
  /// that a connection may have.
  private func raiseDescriptorLimit() -> (connections: Int, highest: Int32) {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return (configuration.maximumConnections, .max)
    }
    if limit.rlim_cur < limit.rlim_max {
      limit.rlim_cur = limit.rlim_max
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
    let descriptors = Int(clamping: limit.rlim_cur)
    let highest = Int32(clamping: descriptors - 1 - Self.reservedDescriptors)
    let room = descriptors - 256
    guard room < configuration.maximumConnections else {
      return (configuration.maximumConnections, highest)
    }
    logger.notice("connections are bounded by descriptors: \(max(room, 16))")
    return (max(room, 16), highest)
  }

  // MARK: Reload and end

  /// Reads certificates and keys anew: for connections from now on; live ones keep theirs.
  /// - Throws: `ServerError`; the old ones stay in use then.
  public func reloadCertificates() throws(ServerError) {
    guard let files = configuration.tls, let box = tls.withLock({ $0 }) else { return }
    box.replace(try TLSContext(files))
  }

  /// Stops gently, and returns when everything is closed: `beginDrain`, then `ended`.
  public func drain(delay: Duration = .zero, timeout: Duration) async {
    beginDrain(delay: delay, timeout: timeout)
    await ended()
  }

  /// Begins to stop, and returns at once: accepting goes on for `delay`, then the listeners close,
  /// answers carry `Connection: close`, idle connections close, and the rest gets `timeout` to
  /// finish. A second call ends everything at once. Made to be called from a signal's handler.
  public func beginDrain(delay: Duration = .zero, timeout: Duration) {
    let isFirst = state.withLock { state in
      guard state.phase == .running else { return false }
      state.phase = .draining
      return true
    }
    guard isFirst else { return stop() }
    let queue = DispatchQueue.global()
    if delay > .zero {
      queue.asyncAfter(deadline: .now() + Self.interval(delay)) { [self] in post(.drain) }
    } else {
      post(.drain)
    }
    queue.asyncAfter(deadline: .now() + Self.interval(delay + timeout)) { [weak self] in
      self?.post(.stop)
    }
    loops.notify(queue: queue) { [self] in stop() }
  }

  /// Closes everything at once. Requests whose closure runs get no answer. Calling it again does
  /// nothing.
  public func stop() {
    let (pool, mailboxes) = state.withLock { state in
      state.phase = .stopped
      let taken = (state.pool, state.mailboxes)
      state.pool = nil
      return taken
    }
    for mailbox in mailboxes { mailbox.post(.stop) }
    pool?.stop()
  }

  /// Waits until every loop has ended.
  public func ended() async {
    await withCheckedContinuation { continuation in
      loops.notify(queue: .global()) { continuation.resume() }
    }
  }

  private func post(_ message: LoopMessage) {
    for mailbox in state.withLock({ $0.mailboxes }) { mailbox.post(message) }
  }

  private static func interval(_ duration: Duration) -> DispatchTimeInterval {
    .nanoseconds(Int(clamping: Int64((duration / .nanoseconds(1)).rounded())))
  }

  private func observe(_ metrics: MetricsRegistry) {
    let statistics = statistics
    let memory = memory
    metrics.observe("http_connections_open", help: "Connections open now.") {
      Double(statistics.openConnections)
    }
    metrics.observe("http_body_bytes_in_flight", help: "Bytes of request bodies held.") {
      Double(memory.usedBytes)
    }
    let totals: [(String, String, @Sendable () -> Int)] = [
      ("http_connections_total", "Connections accepted.", { statistics.acceptedConnections }),
      (
        "http_connections_turned_away_total", "Connections closed at accept.",
        { statistics.connectionsTurnedAway }
      ),
      ("http_requests_begun_total", "Requests with a complete head.", { statistics.requestsBegun }),
      ("http_refusals_total", "Messages refused by the server itself.", { statistics.refusals }),
      ("http_timeouts_total", "Connections cut by a time limit.", { statistics.timeouts }),
      ("http_received_bytes_total", "Bytes read from clients.", { statistics.bytesReceived }),
      ("http_sent_bytes_total", "Bytes written to clients.", { statistics.bytesSent }),
      (
        "http_accept_pauses_total",
        "Times accepting paused, for want of descriptors or at the bound of connections.",
        { statistics.acceptPauseCount }
      ),
    ]
    for (name, help, read) in totals {
      metrics.observeTotal(name, help: help) { Double(read()) }
    }
  }
}
