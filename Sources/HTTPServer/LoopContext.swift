import HTTP

/// What the connections of one loop share. Local to the loop, like them.
final class LoopContext {
  let configuration: ServerConfiguration
  let mailbox: Mailbox
  let pool: RequestPool
  let coder: ResponseCoder
  let port: LoopPort
  let memory: BodyMemory
  let statistics: ServerStatistics
  // The loop's thread alone touches what follows, and no access of one is open while another of
  // the same begins: the run-time check of that would cost more than the accesses.
  @exclusivity(unchecked) var poller: Poller
  @exclusivity(unchecked) var wheel: TimerWheel
  @exclusivity(unchecked) var date = DateCache()
  /// Requests that are whole: run by the loop's leader or handed to the request threads.
  @exclusivity(unchecked) var work = WaitingWork()
  /// Connections that have come in this turn with their first request: most of those that end with
  /// its answer do so before the next wait, and epoll need not be told of them.
  @exclusivity(unchecked) var unwatched: [ConnectionID] = []
  /// Output buffers between two answers: whichever connection answers next takes one.
  @exclusivity(unchecked) var buffers = OutputBuffers()
  /// Nanoseconds on the monotonic clock: at the start of this turn of the loop, or behind the last
  /// closure that its leader has run.
  @exclusivity(unchecked) var nanoseconds: Int64
  /// Milliseconds on the same clock at the start of the turn.
  @exclusivity(unchecked) var now: Int64
  /// Where sockets are read into; used up before the next read.
  let scratch: UnsafeMutableRawBufferPointer

  init(
    _ configuration: ServerConfiguration, mailbox: Mailbox, pool: RequestPool, memory: BodyMemory,
    statistics: ServerStatistics
  ) throws(ServerError) {
    self.configuration = configuration
    self.mailbox = mailbox
    self.pool = pool
    self.memory = memory
    self.statistics = statistics
    coder = ResponseCoder(pool: pool, minimum: configuration.compressionMinimum)
    port = LoopPort(mailbox, coder, memory, decodingRatio: configuration.maximumDecodingRatio)
    poller = try Poller()
    nanoseconds = monotonicNanoseconds()
    now = nanoseconds / 1_000_000
    wheel = TimerWheel(now: now)
    scratch = .allocate(byteCount: 65_536, alignment: 64)
  }

  deinit { scratch.deallocate() }

  /// Time and date for the turn that begins.
  func beginTurn() {
    nanoseconds = monotonicNanoseconds()
    now = nanoseconds / 1_000_000
    date.update()
  }
}
