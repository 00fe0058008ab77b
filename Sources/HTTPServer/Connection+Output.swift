import CSystem
import HTTP
import HTTPTypes
import Synchronization

// The answers of a connection: from a response to bytes in the socket.
extension Connection {
  /// Bodies up to this size are copied behind their head; larger ones are sent from where they are.
  private static let copiedBody = 16_384

  /// An answer given on the loop. A body that has to be coded and is large goes to a request
  /// thread and comes back through the mailbox.
  func respondOnLoop(_ response: Response, _ head: RequestHead, _ loop: LoopContext) {
    guard let response = loop.coder.codedInline(response, for: head) else {
      AnswerHandle(loop.port, id, head, isRunning: false).respond(response)
      return
    }
    guard case .stream(let stream) = response.body, !head.isHead else {
      return respond(response, nil, loop)
    }
    let channel = StreamChannel(loop.mailbox, id)
    respond(response, channel, loop)
    stream.start(channel)
  }

  /// Refuses the message at hand. Whether the connection can go on is the machine's to say.
  func refuse(_ refusal: Refusal, _ head: RequestHead?, _ loop: LoopContext) {
    loop.statistics.refused.add(1, ordering: .relaxed)
    body = nil
    respond(handler.refuse(refusal, head, from: peer), nil, loop)
  }

  /// Queues an answer.
  func respond(_ response: Response, _ channel: StreamChannel?, _ loop: LoopContext) {
    let current = request.take()
    let version = current?.head.version ?? .http11
    let isBodiless = Self.isBodiless(response.status)
    let hasBody = !isBodiless && !(current?.head.isHead ?? machine.refusesHead)
    var closes = response.closesConnection
    let framing: ResponseSerializer.Framing
    if isBodiless {
      framing = .bodiless
    } else if let count = response.body.count {
      framing = .length(count)
    } else if version == .http11 {
      framing = .chunked
    } else {
      framing = .untilClose
      closes = true
    }
    let keepsAlive = machine.answer(closesConnection: closes)
    output.append(&loop.buffers) { out in
      ResponseSerializer.appendHead(
        of: response, framing: framing, keepsAlive: keepsAlive, version: version,
        date: loop.date.bytes, to: &out)
    }
    answer = CurrentAnswer(
      FinishedExchange(
        head: current?.head, peer: peer, status: response.status, fields: response.fields,
        receivedBytes: machine.bodyCount, sentBytes: hasBody ? response.body.count ?? 0 : 0,
        duration: .zero, isComplete: false, note: response.note),
      receivedAt: current?.receivedAt ?? monotonicNanoseconds())
    if hasBody { attach(response.body, channel, isChunked: framing == .chunked, loop) }
    if output.attachment == nil { finishAnswer(loop) }
  }

  private static func isBodiless(_ status: HTTPResponse.Status) -> Bool {
    status.code == 204 || status.code == 304 || status.code < 200
  }

  private func attach(
    _ body: ResponseBody, _ channel: StreamChannel?, isChunked: Bool, _ loop: LoopContext
  ) {
    switch body {
    case .none: break
    case .bytes(let bytes):
      if bytes.count <= Self.copiedBody {
        output.append(&loop.buffers) { $0 += bytes }
      } else {
        output.attach(.bytes(bytes))
      }
    case .shared(let owner):
      if owner.byteCount <= Self.copiedBody {
        output.append(&loop.buffers) { out in
          owner.withBytes { out.append(contentsOf: $0) }
        }
      } else {
        output.attach(.shared(owner))
      }
    case .file(let region):
      if region.count > 0 { output.attach(.file(region)) }
    case .prefixed(let bytes, let region):
      output.append(&loop.buffers) { $0 += bytes }
      if region.count > 0 { output.attach(.file(region)) }
    case .stream(let stream):
      guard let channel else { return }
      output.attach(.stream(channel, isChunked: isChunked, remaining: stream.count))
    }
  }

  /// Every byte of the answer is queued: the next request may be looked at.
  private func finishAnswer(_ loop: LoopContext) {
    machine.sent(now: loop.now)
    guard let finished = answer.take() else { return }
    if unlogged == nil { unlogged = finished } else { alsoUnlogged.append(finished) }
  }

  /// Writes, and lets the machine go on with what has come, until neither can; then tells epoll
  /// and the wheel what is waited for.
  func pump(_ loop: LoopContext) {
    while !isClosed {
      let couldWrite = flush(loop)
      if isClosed { return }
      guard couldWrite, machine.wantsInput, !inbox.isEmpty || inputEnded || transport.hasBuffered
      else { break }
      let before = inbox.count
      if !inbox.isEmpty || inputEnded { processInbox(loop) }
      if isClosed { return }
      if transport.hasBuffered { read(loop) }
      if output.isEmpty, inbox.count == before, !transport.hasBuffered { break }
    }
    if isClosed { return }
    watch(loop)
    armDeadline(loop)
  }

  /// Writes what can be written. True when nothing is left.
  private func flush(_ loop: LoopContext) -> Bool {
    while !isClosed {
      takeStream(loop)
      if isClosed { return false }
      let before = output.written
      let hadAttachment = output.attachment != nil
      let result = output.write(transport, descriptor)
      let moved = output.written - before
      if moved > 0 { loop.statistics.sentBytes.add(moved, ordering: .relaxed) }
      switch result {
      case .failed, .ended:
        close(loop)
        return false
      case .blocked(let otherWay):
        writeNeedsRead = otherWay
        if moved > 0 || !isWriteBlocked { machine.wrote(pending: true, now: loop.now) }
        isWriteBlocked = true
        return false
      case .moved:
        isWriteBlocked = false
        machine.wrote(pending: false, now: loop.now)
        if hadAttachment, output.attachment == nil { finishAnswer(loop) }
        guard output.isEmpty else {
          // A stream without bytes at hand: its producer is waited for.
          if case .stream(let channel, _, _) = output.attachment, channel.hasNews { continue }
          return true
        }
        output.recycle(&loop.buffers)
        logFinished(isComplete: true)
        let action = machine.drained(
          now: loop.now, hasInput: !inbox.isEmpty || hasUnread || transport.hasBuffered)
        if case .wait = action { return true }
        perform(action, in: UnsafeBufferPointer(start: nil, count: 0), loop)
        return !isClosed
      }
    }
    return false
  }

  /// Moves a stream's bytes into the output while that is short.
  private func takeStream(_ loop: LoopContext) {
    guard case .stream(let channel, let isChunked, let remaining) = output.attachment,
      output.pendingBytes < StreamChannel.highWater, channel.hasNews
    else { return }
    let taken = channel.take()
    if taken.isOverrun { return close(loop) }
    if let remaining,
      taken.bytes.count > remaining || (taken.isFinished && taken.bytes.count < remaining)
    {
      return close(loop)
    }
    if !taken.bytes.isEmpty {
      answer?.exchange?.sentBytes += remaining == nil ? taken.bytes.count : 0
      output.append(&loop.buffers) { out in
        if isChunked { ResponseSerializer.appendChunkHead(taken.bytes.count, to: &out) }
        out += taken.bytes
        if isChunked { out += [0x0D, 0x0A] }
      }
      output.noteStreamed(taken.bytes.count)
    }
    guard taken.isFinished else { return }
    if isChunked { output.append(&loop.buffers) { $0 += ResponseSerializer.lastChunk } }
    output.detach()
    finishAnswer(loop)
  }

  /// Tells the handler of the answers queued whole.
  func logFinished(isComplete: Bool) {
    guard let first = unlogged.take() else { return }
    let now = monotonicNanoseconds()
    log(first, isComplete: isComplete, at: now)
    guard !alsoUnlogged.isEmpty else { return }
    for answer in alsoUnlogged { log(answer, isComplete: isComplete, at: now) }
    alsoUnlogged = []
  }

  func log(_ answer: CurrentAnswer, isComplete: Bool, at now: Int64) {
    guard var exchange = answer.exchange.take() else { return }
    exchange.duration = .nanoseconds(now - answer.receivedAt)
    exchange.isComplete = isComplete
    handler.finished(exchange)
  }

  // MARK: What is waited for

  private func watch(_ loop: LoopContext) {
    let initial = csystem_poll_in | csystem_poll_peer_ended
    var wanted = (mask ?? initial) & initial
    if peerLeft { wanted &= ~csystem_poll_peer_ended }
    let wantsInput = (machine.wantsInput && !inputEnded && !isOutputFull(loop)) || writeNeedsRead
    if wantsInput {
      wanted |= csystem_poll_in
    } else if isInputUnwanted || peerLeft || inputEnded {
      wanted &= ~csystem_poll_in
    }
    isInputUnwanted = false
    if isWriteBlocked && !writeNeedsRead || readNeedsWrite { wanted |= csystem_poll_out }
    if transport.isEdgeTriggered { wanted |= csystem_poll_edge }
    let looksAgain = wantsInput && hasUnread && transport.isEdgeTriggered
    guard wanted != mask || looksAgain else { return }
    // Whatever is there is reported, where input is waited for.
    if wanted & csystem_poll_in != 0 { hasUnread = false }
    let isFirst = mask == nil
    mask = wanted
    if !isFirst {
      loop.poller.change(descriptor, wanted, token: id.token)
    } else if !loop.poller.add(descriptor, wanted, token: id.token) {
      close(loop)
    }
  }

  func isOutputFull(_ loop: LoopContext) -> Bool {
    output.pendingBytes >= loop.configuration.pendingOutput
  }

  private func armDeadline(_ loop: LoopContext) {
    var due = machine.deadline
    if let handshake = handshakeDeadline { due = min(handshake, due ?? handshake) }
    // An entry at or before the deadline is enough: it is looked at and set again.
    guard let due, due < armedDeadline else { return }
    armedDeadline = loop.wheel.insert(id, deadline: due)
  }
}
