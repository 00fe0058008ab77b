import CSystem
import Glibc
import HTTP
import HTTPTypes
import Synchronization

/// One socket of a loop, driven by a `ConnectionMachine`.
///
/// Not Sendable and never handed out: it lives in the function that runs its loop. Other threads
/// know it by its `ConnectionID` only.
///
/// Invariants:
/// 1. `inbox` holds bytes that the machine has seen and not consumed, or not seen yet because it
///    waits for an answer; at most one read beyond a head.
/// 2. Input is watched while the machine wants it; when it does not, and bytes come, it leaves the
///    mask until it is wanted again, so a client that pipelines costs no turns of the loop.
/// 3. The hang-up leaves the mask when it is first seen: level-triggered, it would come for ever.
/// 4. Where epoll tells of news only (`Transport.isEdgeTriggered`; looking again at a socket that has
///    been emptied is a fiftieth of a small request), input is waited for only when a read has emptied
///    the socket since it was last reported, or else with a new look at it: `hasUnread` says which.
///    Output is waited for only when the socket has refused some.
/// 5. `output.attachment` belongs to the answer at hand; the machine hears `sent` when it is gone.
final class Connection {
  let id: ConnectionID
  let descriptor: Int32
  let handler: any RequestHandler
  var transport: Transport
  var peer: Peer
  /// What it counts against.
  let counted: ConnectionShare

  // Touched by the loop's thread alone, one access at a time (no closure runs inside one that
  // could touch the same): the run-time check of that would be a tenth of a small request.
  @exclusivity(unchecked) var machine: ConnectionMachine
  @exclusivity(unchecked) var inbox: [UInt8] = []
  @exclusivity(unchecked) var output = OutputQueue()
  /// What epoll watches; nil until it watches at all.
  var mask: UInt32?
  var inputEnded = false
  var peerLeft = false
  var isClosed = false
  var readNeedsWrite = false
  var writeNeedsRead = false
  /// The socket took less than there was to write.
  var isWriteBlocked = false
  /// Bytes came while the machine wanted none.
  var isInputUnwanted = false
  /// epoll has reported input whose end no read has found yet.
  var hasUnread = false
  /// When the wheel's entry comes up; other entries of this connection are stale.
  var armedDeadline = Int64.max
  /// TLS only: when the handshake has to be over; nil afterwards.
  var handshakeDeadline: Int64?

  @exclusivity(unchecked) var request: CurrentRequest?
  @exclusivity(unchecked) var answer: CurrentAnswer?
  /// The first answer queued whole and not logged, which is when it is out.
  @exclusivity(unchecked) var unlogged: CurrentAnswer?
  /// Those behind it, where a client pipelines.
  @exclusivity(unchecked) var alsoUnlogged: [CurrentAnswer] = []

  /// A request from its head to its answer.
  struct CurrentRequest {
    let head: RequestHead
    /// Nanoseconds.
    let receivedAt: Int64
    var expectedBody = 0
    var coding = ContentCoding.identity
    var decodedLimit = 0
    var run: (@Sendable (Request, any Responder) -> Void)?
    var disconnect: (@Sendable () -> Void)?
  }

  /// What has been gathered of the request's body.
  @exclusivity(unchecked) var body: BodyBuffer?

  /// An answer from its head to its last byte. An object, because it changes hands a few times and
  /// is some thirty words, a dozen of them references.
  final class CurrentAnswer {
    /// Taken out when it is logged.
    @exclusivity(unchecked) var exchange: FinishedExchange?
    /// Nanoseconds.
    let receivedAt: Int64

    init(_ exchange: FinishedExchange, receivedAt: Int64) {
      self.exchange = exchange
      self.receivedAt = receivedAt
    }
  }

  init(
    _ id: ConnectionID, _ descriptor: Int32, _ handler: any RequestHandler, _ transport: Transport,
    _ peer: Peer, counted: ConnectionShare, _ loop: LoopContext
  ) {
    self.id = id
    self.descriptor = descriptor
    self.handler = handler
    self.transport = transport
    self.peer = peer
    self.counted = counted
    machine = ConnectionMachine(limits: loop.configuration.connection, now: loop.now)
    if case .secure = transport {
      handshakeDeadline = loop.now + loop.configuration.connection.headTime
    }
  }

  // MARK: Events

  /// epoll reported `events`.
  func ready(_ events: UInt32, _ loop: LoopContext) {
    if events & (csystem_poll_error | csystem_poll_hang_up) != 0 { return close(loop) }
    if events & csystem_poll_peer_ended != 0 { notePeerLeft(loop) }
    if isClosed { return }
    let canRead = events & (csystem_poll_in | csystem_poll_peer_ended) != 0
    let canWrite = events & csystem_poll_out != 0
    if canRead { hasUnread = true }
    if canRead || (canWrite && readNeedsWrite) {
      readNeedsWrite = false
      isInputUnwanted = canRead && (!machine.wantsInput || isOutputFull(loop))
      read(loop)
    }
    if canWrite || writeNeedsRead { writeNeedsRead = false }
    pump(loop)
  }

  /// The peer has closed its sending side. A request that is being computed has nobody waiting
  /// for it any more, as in Go's net/http; what is ready is still written. An endless stream has
  /// no last byte to wait for: it ends here.
  private func notePeerLeft(_ loop: LoopContext) {
    peerLeft = true
    if case .stream(_, _, nil) = output.attachment { return close(loop) }
    guard machine.isAnswering, let action = request?.disconnect else { return }
    request?.disconnect = nil
    action()
  }

  /// A time limit may have passed.
  func timePassed(_ loop: LoopContext) {
    guard loop.now >= armedDeadline else { return }
    armedDeadline = .max
    if let handshakeDeadline, loop.now >= handshakeDeadline {
      loop.statistics.timedOut.add(1, ordering: .relaxed)
      return close(loop)
    }
    let isQuiet = machine.isQuiet
    let action = machine.deadlineReached(now: loop.now)
    switch action {
    case .close where !isQuiet, .refuse where !isQuiet:
      loop.statistics.timedOut.add(1, ordering: .relaxed)
    default: break
    }
    perform(action, in: UnsafeBufferPointer(start: nil, count: 0), loop)
    pump(loop)
  }

  /// The server is stopping.
  func drain(_ loop: LoopContext) {
    // Bytes that came and were not looked at are a request: it gets its answer.
    if machine.isIdle, inbox.isEmpty, output.isEmpty { return close(loop) }
    if case .close = machine.drain() { return close(loop) }
    pump(loop)
  }

  // MARK: Input

  /// Reads what is there, as long as the machine wants it; at most 16 times in a row, so that one
  /// fast sender does not keep the others waiting (the next turn goes on).
  func read(_ loop: LoopContext) {
    var rounds = 0
    while !isClosed, !inputEnded, machine.wantsInput, !isOutputFull(loop),
      rounds < 16 || transport.hasBuffered
    {
      rounds += 1
      let direct = machine.directBodyCount
      let (result, room) =
        direct > 0 && inbox.isEmpty ? readBody(direct, loop) : readScratch(loop)
      switch result {
      case .moved(let count):
        loop.statistics.receivedBytes.add(count, ordering: .relaxed)
        // A short read has emptied the socket: whatever comes later is reported. Not so the end that
        // has been reported: it is still to be read.
        if count < room, !transport.hasBuffered {
          hasUnread = peerLeft
          return
        }
      case .blocked(let otherWay):
        readNeedsWrite = otherWay
        hasUnread = false
        noteHandshake()
        return
      case .ended: endInput(loop)
      case .failed: return close(loop)
      }
    }
  }

  private func readScratch(_ loop: LoopContext) -> (TransportResult, room: Int) {
    let result = transport.read(descriptor, loop.scratch)
    if case .moved(let count) = result {
      noteHandshake()
      let bytes = UnsafeBufferPointer(rebasing: loop.scratch.bindMemory(to: UInt8.self)[..<count])
      if inbox.isEmpty {
        let used = process(bytes, loop)
        if used < count, !isClosed { inbox = Array(bytes[used...]) }
      } else {
        inbox.append(contentsOf: bytes)
        processInbox(loop)
      }
    }
    return (result, loop.scratch.count)
  }

  /// Reads straight into the body's memory: as much as has come so far, so that what is only
  /// promised is set aside by nobody.
  private func readBody(_ due: Int, _ loop: LoopContext) -> (TransportResult, room: Int) {
    let wanted = min(due, max(32_768, min(body?.count ?? 0, 1 << 20)))
    let expected = request?.expectedBody ?? 0
    guard body?.reserve(wanted, expected: expected) == true else {
      perform(
        machine.refuse(.bodyMemoryExhausted), in: UnsafeBufferPointer(start: nil, count: 0), loop)
      return (.moved(0), 0)
    }
    let free = body?.free ?? UnsafeMutableRawBufferPointer(start: nil, count: 0)
    let result = transport.read(
      descriptor, UnsafeMutableRawBufferPointer(rebasing: free[..<wanted]))
    if case .moved(let count) = result {
      body?.advance(count)
      machine.noteDirectBody(count, now: loop.now)
      if count == due { _ = process(UnsafeBufferPointer(start: nil, count: 0), loop) }
    }
    return (result, wanted)
  }

  private func endInput(_ loop: LoopContext) {
    inputEnded = true
    notePeerLeft(loop)
    processInbox(loop)
  }

  /// Once the handshake is over the client is known, and its time limit gone.
  private func noteHandshake() {
    guard handshakeDeadline != nil, case .secure(let session) = transport, session.isEstablished
    else { return }
    handshakeDeadline = nil
    peer.certificateNames = session.certificateNames()
  }

  func processInbox(_ loop: LoopContext) {
    let bytes = inbox
    inbox = []
    let used = bytes.withUnsafeBufferPointer { process($0, loop) }
    guard !isClosed else { return }
    inbox = used == 0 ? bytes : Array(bytes[used...])
  }

  /// Lets the machine work on bytes; returns how many it used.
  private func process(_ bytes: UnsafeBufferPointer<UInt8>, _ loop: LoopContext) -> Int {
    var offset = 0
    while !isClosed {
      let rest = UnsafeBufferPointer(rebasing: bytes[offset...])
      let (consumed, action) = machine.next(rest.span, ended: inputEnded, now: loop.now)
      offset += consumed
      if case .wait = action { break }
      perform(action, in: rest, loop)
      // Answers wait for the client before more requests are read.
      if isOutputFull(loop) { break }
    }
    return offset
  }

  // MARK: Actions

  func perform(
    _ action: ConnectionMachine.Action, in bytes: UnsafeBufferPointer<UInt8>, _ loop: LoopContext
  ) {
    switch action {
    case .wait: break
    case .begin(let head): begin(head, loop)
    case .sendContinue:
      output.append(&loop.buffers) { $0 += ResponseSerializer.continueBytes }
    case .body(let range):
      let piece = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[range])
      if body?.append(piece, expected: request?.expectedBody ?? 0) == false {
        perform(machine.refuse(.bodyMemoryExhausted), in: bytes, loop)
      }
    case .run: run(loop)
    case .refuse(let refusal, let head): refuse(refusal, head, loop)
    case .shutdownWrite:
      if case .secure(let session) = transport { session.closeNotify() }
      shutdown(descriptor, Int32(SHUT_WR))
    case .close: close(loop)
    }
  }

  private func begin(_ head: RequestHead, _ loop: LoopContext) {
    loop.statistics.requests.add(1, ordering: .relaxed)
    request = CurrentRequest(head: head, receivedAt: monotonicNanoseconds())
    switch handler.begin(head, from: peer) {
    case .respond(let response): respondOnLoop(response, head, loop)
    case .collect(let limit, let decodedLimit, let run):
      collect(limit, decodedLimit, run, head, loop)
    }
  }

  private func collect(
    _ limit: Int, _ decodedLimit: Int?,
    _ run: @escaping @Sendable (Request, any Responder) -> Void, _ head: RequestHead,
    _ loop: LoopContext
  ) {
    let configuration = loop.configuration
    let bound = min(limit, configuration.maximumBody)
    let none = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    // Where nothing follows there is nothing to decode.
    if head.hasBody {
      guard let codings = ContentCoding.applied(head[.contentEncoding]), codings.count <= 1 else {
        return perform(machine.refuse(.unknownContentCoding), in: none, loop)
      }
      request?.coding = codings.first ?? .identity
    }
    request?.decodedLimit = min(
      decodedLimit
        ?? (limit >= configuration.maximumBody ? configuration.maximumDecodedBody : limit),
      configuration.maximumDecodedBody)
    request?.run = run
    if let refusal = machine.decide(collect: bound, now: loop.now) {
      return perform(refusal, in: none, loop)
    }
    guard head.hasBody else { return }
    let expected = head.contentLength ?? 0
    guard loop.memory.hasRoom(expected) else {
      return perform(machine.refuse(.bodyMemoryExhausted), in: none, loop)
    }
    request?.expectedBody = expected
    body = BodyBuffer(loop.memory)
  }

  /// The body is whole: the request goes to a request thread.
  private func run(_ loop: LoopContext) {
    guard let head = request?.head, let action = request?.run.take() else { return }
    loop.work.append(
      RequestWork(
        Request(head: head, body: body?.finish() ?? Self.emptyBody, peer: peer),
        request?.coding ?? .identity, decodedLimit: request?.decodedLimit ?? 0,
        begunAt: head.hasBody ? nil : request?.receivedAt,
        AnswerHandle(loop.port, id, head, isRunning: true), action))
    body = nil
  }

  private static let emptyBody = BodyBytes([])

  /// Ends the connection at once. Whoever waits for it learns so.
  func close(_ loop: LoopContext) {
    guard !isClosed else { return }
    isClosed = true
    if case .secure(let session) = transport { session.closeNotify() }
    Glibc.close(descriptor)
    body = nil
    if case .stream(let channel, _, _) = output.attachment { channel.abandon() }
    if let action = request?.disconnect, machine.isAnswering {
      request?.disconnect = nil
      action()
    }
    logFinished(isComplete: false)
    if let answer = answer.take() {
      log(answer, isComplete: false, at: monotonicNanoseconds())
    }
    request = nil
  }
}
