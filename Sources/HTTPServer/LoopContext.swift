import HTTP

/// What the connections of one loop share. Local to the loop, like them.
final class LoopContext {
  let configuration: ServerConfiguration
  let mailbox: Mailbox
  let pool: RequestPool
  let coder: ResponseCoder
  let memory: BodyMemory
  let statistics: ServerStatistics
  var poller: Poller
  var wheel: TimerWheel
  var date = DateCache()
  /// Requests that are whole, handed to the request threads at the end of the turn.
  var work: [RequestPool.Work] = []
  /// Milliseconds at the start of this turn of the loop.
  var now: Int64
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
    poller = try Poller()
    now = monotonicMilliseconds()
    wheel = TimerWheel(now: now)
    scratch = .allocate(byteCount: 65_536, alignment: 64)
  }

  deinit { scratch.deallocate() }

  /// Time and date for the turn that begins.
  func beginTurn() {
    now = monotonicMilliseconds()
    date.update()
  }
}
