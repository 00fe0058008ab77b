/// The life of one HTTP/1.1 connection as a pure value: bytes and events in, actions out.
///
/// The owner reads and writes the socket, keeps the bytes not consumed, and does what the actions
/// say. One request at a time: the next head is looked at when the answer before it is queued, so
/// pipelined answers are in order for free.
///
/// States and the calls that move on:
/// ```
///   idle ──bytes──▶ head ──complete──▶ deciding ──decide(collect)──▶ body ──whole──▶ answering
///     ▲               │ refused            │ answer()                  │ refused        │ answer()
///     │               ▼                    ▼                           ▼                ▼
///     │           answering ───────────▶ sending ◀──────────────────────────────────────┘
///     │                                    │ sent()
///     ├── keeps alive, body read ──────────┤
///     ├── skipping (small unread body) ◀───┤
///     │                                    └─▶ closing ──drained()──▶ lingering ─▶ closed
/// ```
///
/// Invariants:
/// 1. Between `begin`/`refuse` and `sent` there is exactly one `answer`.
/// 2. Bytes behind a refused message, or behind an answer that closes, are never parsed.
/// 3. A handler's closure runs only on a whole body: an end of input inside it closes silently.
/// 4. Every state that waits for the peer has a deadline; `deciding`, `answering` and `closed`
///    wait for nobody outside.
/// 5. `100 Continue` is sent at most once a request, after `decide(collect)`, before any byte of
///    the body was seen, and only where the head asked for it.
/// 6. `parser` has seen nothing but in `head`.
/// 7. `recent` was read under the same limits, from its first byte: bytes that begin with its own are
///    that head again, whatever follows.
public struct ConnectionMachine: Sendable {
  /// What the owner has to do next.
  public enum Action: Sendable {
    /// Nothing with these bytes: wait for more, for the answer or for the output to drain.
    case wait
    /// Ask the handler; then call `decide` or `answer`.
    case begin(RequestHead)
    /// Send `100 Continue` now.
    case sendContinue
    /// Append this range of the bytes given to the body.
    case body(Range<Int>)
    /// The body is whole: run the handler's closure.
    case run
    /// Answer with this refusal (head where there was one), then as after any answer.
    case refuse(Refusal, RequestHead?)
    /// Shut the sending side, keep reading.
    case shutdownWrite
    /// Close now.
    case close
  }

  @usableFromInline
  enum Phase: Sendable, Equatable {
    case idle, head, deciding, body, answering, sending, skipping, closing, lingering, closed
  }

  private enum Framing: Sendable {
    case none
    case length(remaining: Int)
    case chunked(ChunkedDecoder)
  }

  @usableFromInline let limits: ConnectionLimits
  // What is asked for several times a request can be read from outside without a call: a call takes
  // a copy of the whole machine, 40 words and their references.
  @usableFromInline private(set) var phase = Phase.idle
  @usableFromInline private(set) var writeProgress: Int64?
  private var parser: HeadParser
  private var head: RequestHead?
  /// The last head that was small, until it is the one at hand again: an idle connection keeps it.
  private var recent: RequestHead?
  private var framing = Framing.none
  private var bodyLimit = 0
  /// Bytes of the current body seen so far, transfer coding removed.
  public private(set) var bodyCount = 0
  private var requests = 0
  private var owesContinue = false
  private var keepsAlive = true
  private var lingers = false
  /// The message refused without a whole head is a HEAD request: its answer has no content.
  public private(set) var refusesHead = false
  private var lingered = 0
  private var isDraining = false
  @usableFromInline private(set) var since: Int64
  @usableFromInline private(set) var progress: Int64 = 0

  /// Most bytes and fields of a head that is kept to know the next one by; 16 bytes more a field.
  private static let keptHead = (bytes: 1_024, fields: 32)

  /// A fresh connection at `now` (milliseconds on any steady clock).
  public init(limits: ConnectionLimits, now: Int64) {
    self.limits = limits
    parser = HeadParser(limits: limits.head)
    since = now
  }

  /// Bytes from the peer are of use now; else leave them in the socket.
  @inlinable public var wantsInput: Bool {
    switch phase {
    case .idle, .head, .body, .skipping, .lingering: true
    case .deciding, .answering, .sending, .closing, .closed: false
    }
  }

  /// A request is waiting for its answer.
  @inlinable public var isAnswering: Bool { phase == .answering }
  /// A request needs an answer before anything else can happen.
  @inlinable public var owesAnswer: Bool { phase == .answering || phase == .deciding }
  /// No request has begun: nothing is lost by closing.
  @inlinable public var isIdle: Bool { phase == .idle }
  /// A time limit that ends the connection now cuts nobody off: no message is under way in either
  /// direction, or its refusal has gone out.
  public var isQuiet: Bool {
    writeProgress == nil && (phase == .idle || phase == .lingering || phase == .closed)
  }
  /// Nothing is left to do.
  public var isClosed: Bool { phase == .closed }

  /// Looks at the bytes not consumed yet. Call it until it says `wait`, with what is left each
  /// time; `ended` says that no more will come.
  public mutating func next(
    _ input: Span<UInt8>, ended: Bool, now: Int64
  ) -> (consumed: Int, action: Action) {
    switch phase {
    case .idle, .head: return readHead(input, ended, now)
    case .body: return readBody(input, ended, now)
    case .skipping: return skipBody(input, ended, now)
    case .lingering:
      lingered += input.count
      if ended || lingered > limits.lingerBytes {
        phase = .closed
        return (input.count, .close)
      }
      return (input.count, .wait)
    case .closing:
      lingers = lingers || !input.isEmpty
      return (input.count, .wait)
    case .deciding, .answering, .sending, .closed: return (0, .wait)
    }
  }

  // MARK: Head

  private mutating func readHead(
    _ input: Span<UInt8>, _ ended: Bool, _ now: Int64
  ) -> (consumed: Int, action: Action) {
    guard !input.isEmpty else {
      guard ended else { return (0, .wait) }
      phase = .closed
      return (0, .close)
    }
    if phase == .idle {
      // A client that polls sends the same head each time, and comparing is a tenth of reading.
      if let known = recent.take() {
        if known.isPrefix(of: input) { return begin(known, known.byteCount) }
        recent = known
      }
      phase = .head
      since = now
    }
    switch parser.parse(input) {
    case .needMore:
      guard ended else { return (0, .wait) }
      phase = .closed
      return (0, .close)
    case .refused(let refusal): return (0, refuse(refusal))
    case .complete(let head, let consumed):
      parser = HeadParser(limits: limits.head)
      return begin(head, consumed)
    }
  }

  private mutating func begin(
    _ head: RequestHead, _ consumed: Int
  ) -> (consumed: Int, action: Action) {
    requests += 1
    self.head = head
    phase = .deciding
    bodyCount = 0
    framing = .none
    if head.isChunked {
      framing = .chunked(ChunkedDecoder(limits: limits.chunks))
    } else if let length = head.contentLength, length > 0 {
      framing = .length(remaining: length)
    }
    return (consumed, .begin(head))
  }

  /// The handler wants the body, at most `limit` bytes. Go on with `next` where it returns nil;
  /// a refusal has to be answered.
  public mutating func decide(collect limit: Int, now: Int64) -> Action? {
    precondition(phase == .deciding)
    bodyLimit = limit
    if let length = head?.contentLength, length > limit {
      return refuse(.bodyTooLong(limit: limit))
    }
    if head?.isChunked == true {
      framing = .chunked(ChunkedDecoder(limits: limits.chunks, maximumBytes: limit))
    }
    owesContinue = head?.expectsContinue ?? false
    phase = .body
    since = now
    progress = now
    return nil
  }

  /// Refuses the request being read for a reason of the owner's.
  public mutating func refuse(_ refusal: Refusal) -> Action {
    let head = self.head
    if head == nil, phase == .head { refusesHead = parser.isHead }
    keepsAlive = false
    lingers = true
    phase = .answering
    return .refuse(refusal, head)
  }

  // MARK: Body

  private mutating func readBody(
    _ input: Span<UInt8>, _ ended: Bool, _ now: Int64
  ) -> (consumed: Int, action: Action) {
    if owesContinue {
      owesContinue = false
      if input.isEmpty, !ended { return (0, .sendContinue) }
    }
    do {
      let (consumed, event) = try pull(input)
      switch event {
      case .end:
        phase = .answering
        return (consumed, .run)
      case .data(let range):
        bodyCount += range.count
        progress = now
        return (consumed, .body(range))
      case .needMore:
        guard ended else {
          if consumed > 0 { progress = now }
          return (consumed, .wait)
        }
        phase = .closed
        return (consumed, .close)
      }
    } catch {
      return (0, refuse(error))
    }
  }

  private mutating func pull(
    _ input: Span<UInt8>
  ) throws(Refusal) -> (consumed: Int, event: ChunkedDecoder.Event) {
    switch framing {
    case .none: return (0, .end)
    case .length(let remaining):
      if remaining == 0 { return (0, .end) }
      let count = min(remaining, input.count)
      if count == 0 { return (0, .needMore) }
      framing = .length(remaining: remaining - count)
      return (count, .data(0..<count))
    case .chunked(var decoder):
      // Taken out and put back: the decoder is a few words, and a pattern binds a copy.
      let result = try decoder.next(input)
      framing = .chunked(decoder)
      return result
    }
  }

  /// Bytes of a body of known length still due, which may be read straight into its buffer; 0 in
  /// every other case.
  @inlinable public var directBodyCount: Int { phase == .body ? dueBodyCount : 0 }

  @usableFromInline var dueBodyCount: Int {
    if case .length(let remaining) = framing { return remaining }
    return 0
  }

  /// `count` bytes of the body were read past `next`; at most `directBodyCount`.
  public mutating func noteDirectBody(_ count: Int, now: Int64) {
    guard phase == .body, case .length(let remaining) = framing else { return }
    precondition(count <= remaining)
    owesContinue = false
    framing = .length(remaining: remaining - count)
    bodyCount += count
    progress = now
  }

  private mutating func skipBody(
    _ input: Span<UInt8>, _ ended: Bool, _ now: Int64
  ) -> (consumed: Int, action: Action) {
    var used = 0
    while true {
      guard let (consumed, event) = try? pull(input.extracting(used..<input.count)) else {
        phase = .closed
        return (used, .close)
      }
      used += consumed
      switch event {
      case .end:
        becomeIdle(now)
        // Whatever is left is the next request.
        let next = readHead(input.extracting(used..<input.count), ended, now)
        return (used + next.consumed, next.action)
      case .data: progress = now
      case .needMore:
        guard ended else { return (used, .wait) }
        phase = .closed
        return (used, .close)
      }
    }
  }

  // MARK: Answer

  /// The answer is there: says whether the connection goes on after it, which the answer's
  /// Connection field has to tell.
  public mutating func answer(closesConnection: Bool) -> Bool {
    precondition(phase == .deciding || phase == .answering)
    let endsHere = closesConnection || isDraining || requests >= limits.requests
    if endsHere || head?.keepsAlive == false { keepsAlive = false }
    // A client that wants to go on may have sent more; unread, that would tear down its answers
    // (RFC 9112, section 9.6).
    if endsHere, head?.keepsAlive == true { lingers = true }
    if phase == .deciding { weighUnreadBody() }
    phase = .sending
    return keepsAlive
  }

  /// An answer before the body was read: a small body is skipped; behind a large one, one of
  /// unknown length, or one that the client holds back for `100 Continue`, nothing can follow.
  private mutating func weighUnreadBody() {
    guard let head, head.hasBody else { return }
    let isSmall = head.contentLength.map { $0 <= limits.skippedBody } ?? false
    if !isSmall || head.expectsContinue { keepsAlive = false }
    if !keepsAlive { lingers = true }
  }

  /// The whole answer is queued. Go on with `next` for the bytes already there.
  public mutating func sent(now: Int64) {
    precondition(phase == .sending)
    if let last = head.take(), last.byteCount <= Self.keptHead.bytes,
      last.fieldCount <= Self.keptHead.fields
    {
      recent = last
    }
    guard keepsAlive else {
      phase = .closing
      return
    }
    if case .length(let remaining) = framing, remaining > 0 {
      phase = .skipping
      since = now
      progress = now
    } else {
      becomeIdle(now)
    }
  }

  private mutating func becomeIdle(_ now: Int64) {
    phase = .idle
    since = now
    framing = .none
    bodyCount = 0
  }

  // MARK: Output, time, drain

  /// Bytes went out at `now`; `pending` says that more are waiting for the peer.
  public mutating func wrote(pending: Bool, now: Int64) {
    writeProgress = pending ? now : nil
  }

  /// All output has gone out. Says how to go on: `close`, `shutdownWrite` or `wait`.
  ///
  /// - Parameter hasInput: bytes have come that `next` has not seen.
  public mutating func drained(now: Int64, hasInput: Bool = false) -> Action {
    writeProgress = nil
    // An answer begun before the drain promised to keep the connection, and has ended now.
    if isDraining, phase == .idle, !hasInput {
      phase = .closed
      return .close
    }
    guard phase == .closing else { return .wait }
    guard lingers || hasInput else {
      phase = .closed
      return .close
    }
    phase = .lingering
    since = now
    return .shutdownWrite
  }

  /// When to call `deadlineReached`; nil while nothing is due from the peer.
  @inlinable public var deadline: Int64? {
    let stall = writeProgress.map { $0 + limits.writeStall }
    let own: Int64?
    switch phase {
    case .idle: own = since + limits.idleTime
    case .head: own = since + limits.headTime
    case .body, .skipping:
      let stalled = progress + limits.bodyStall
      if limits.bodyRate > 0 {
        let earned = Int64(bodyCount) * 1_000 / Int64(limits.bodyRate)
        own = min(stalled, since + limits.bodyStall + earned)
      } else {
        own = stalled
      }
    case .lingering: own = since + limits.lingerTime
    case .deciding, .answering, .sending, .closing, .closed: own = nil
    }
    guard let stall else { return own }
    return min(stall, own ?? stall)
  }

  /// Time has passed. A slow head or body is answered with 408; everything else just closes.
  public mutating func deadlineReached(now: Int64) -> Action {
    guard let deadline, now >= deadline else { return .wait }
    if let writeProgress, now >= writeProgress + limits.writeStall {
      phase = .closed
      return .close
    }
    switch phase {
    case .head: return refuse(.headTimeout)
    case .body: return refuse(.bodyTimeout)
    default:
      phase = .closed
      return .close
    }
  }

  /// The server is stopping: no further request after the one at hand. Returns `close` where there
  /// is none.
  public mutating func drain() -> Action {
    isDraining = true
    guard phase == .idle, writeProgress == nil else { return .wait }
    phase = .closed
    return .close
  }
}
