import CSystem
import Glibc
import HTTP
import Logging
import Synchronization

/// One epoll loop and its connections, touched by the thread that leads it alone (`LoopCrew`).
///
/// A turn: wait; time and date; sockets that are ready; messages of other threads; deadlines; the
/// connections that closed are forgotten. What a turn hands out (answers) is written in the same
/// turn, one send for all the answers of one connection.
///
/// A request that is whole goes to a request thread. Where closures have been shorter than that
/// takes (`ClosureTimes`), the leader runs the closure instead, with no access to anything of the
/// loop open; when it returns, another thread may have taken the lead, and this one lets go of all.
///
/// Invariants:
/// 1. `slots[i]` holds the connection whose id has slot `i`; its generation is `generations[i]`,
///    which grows each time the slot is emptied, so a late message for a connection that is gone
///    finds nobody, also when the slot or the descriptor has been used again.
/// 2. A listener is in the poll while the acceptor watches it: always but at the bound of
///    connections (all but the admin's) and, for a moment, when descriptors have run out.
/// 3. Between two statements of a turn that runs closures the state is whole: whoever takes the lead
///    there begins a new turn. It begins with the events that this turn had not looked at (`unseen`),
///    which are not reported again; messages are taken in every turn.
final class EventLoop {
  // No access is open while another of the same begins.
  private let loop: LoopContext
  private let lead: LoopLead
  @exclusivity(unchecked) private var times: ClosureTimes
  /// Of the closure that the leader is in.
  @exclusivity(unchecked) private var running: AnswerHandle?
  @exclusivity(unchecked) private var acceptor: Acceptor
  private let logger: Logger
  @exclusivity(unchecked) private var slots: [Connection?] = []
  @exclusivity(unchecked) private var generations: [UInt32] = []
  @exclusivity(unchecked) private var freeSlots: [UInt32] = []
  @exclusivity(unchecked) private var openCount = 0
  private var isDraining = false
  private var isStopped = false
  /// On its way to the request threads.
  @exclusivity(unchecked) private var handed: [RequestPool.Work] = []
  @exclusivity(unchecked) private var messages: [LoopMessage] = []
  @exclusivity(unchecked) private var expired: [ConnectionID] = []
  /// Of the events reported last, those not looked at.
  @exclusivity(unchecked) private var unseen = 0..<0
  private var nextTrim: Int64 = 0
  private var storesBodies = false

  init(_ loop: LoopContext, _ lead: LoopLead, _ acceptor: consuming Acceptor, _ logger: Logger) {
    self.loop = loop
    self.lead = lead
    self.acceptor = acceptor
    self.logger = logger
    times = ClosureTimes(bound: loop.configuration.shortClosure)
    _ = loop.poller.add(
      loop.mailbox.descriptor, csystem_poll_in | csystem_poll_edge, token: .max)
    self.acceptor.resume(loop)
  }

  /// Runs until it is stopped or drained (true), or until another thread has taken the lead (false).
  func run() -> Bool {
    while !isStopped, !(isDraining && openCount == 0) {
      guard turn() else { return false }
    }
    acceptor.close(loop)
    loop.mailbox.close()
    for connection in slots { connection?.close(loop) }
    loop.statistics.open.subtract(openCount, ordering: .relaxed)
    // The other thread may be in a closure for long, and keeps this object.
    slots = []
    loop.work.removeAll()
    return true
  }

  /// This thread has taken the lead from one that is in a closure.
  func tookOver() {
    running?.losesItsLoop()
    running = nil
    times.note(ClosureTimes.longest, now: loop.nanoseconds)
  }

  /// False when another thread has taken the lead.
  private func turn() -> Bool {
    if unseen.isEmpty {
      watchNew()
      // That may have closed the last one, or begun a request.
      if isDraining, openCount == 0 { return true }
    }
    let isHolding = !loop.work.isEmpty
    if unseen.isEmpty {
      let timeout = !isHolding && loop.mailbox.sleeps() ? nextTimeout() : 0
      unseen = 0..<loop.poller.wait(milliseconds: timeout)
    }
    let isQuiet = unseen.isEmpty
    loop.beginTurn()
    let runsClosures = times.areShort(now: loop.nanoseconds) && lead.isWatched
    while let index = unseen.first {
      unseen = index + 1..<unseen.upperBound
      let (token, events) = loop.poller.event(index)
      if token == .max { continue }
      let id = ConnectionID(token: token)
      if id.generation == Acceptor.generation {
        accept(Int(id.slot))
      } else if let connection = find(id) {
        connection.ready(events, loop)
        forgetIfClosed(connection)
      }
      if runsClosures, let work = loop.work.popLast(), !run(work) { return false }
    }
    takeMessages()
    expire()
    if runsClosures {
      // What answers let in comes behind them: a client that pipelines takes its turns.
      for _ in 0..<loop.work.count {
        if let work = loop.work.popFirst(), !run(work) { return false }
      }
    }
    // Requests are held for one more look at the sockets: a thread is woken for what came until
    // then, and under load that is twice as much.
    if isHolding || isQuiet { handOver() }
    if loop.pool.isBusy { loop.pool.relieve(now: loop.nanoseconds) }
    if let resumeAt = acceptor.resumeAt, loop.now >= resumeAt { resumeAccepting() }
    return true
  }

  /// Runs a request's closure, where closures are still short and it is a small one; else it waits
  /// again. False when another thread has taken the lead meanwhile: then nothing of the loop may be
  /// touched any more.
  private func run(_ work: consuming RequestWork) -> Bool {
    guard work.isSmall, times.areShort(now: loop.nanoseconds) else {
      loop.work.append(work)
      return true
    }
    let handle = work.handle
    handle.staysHere()
    running = handle
    // Where it has waited behind others, that is not its own time.
    let isNews = work.begunAt.map { $0 >= loop.nanoseconds } ?? false
    let begun = (isNews ? work.begunAt : nil) ?? monotonicNanoseconds()
    let piece = lead.begins()
    work.act()
    let hasAnswered = handle.hasAnswered()
    guard lead.returned(piece) else {
      if hasAnswered { handle.announce() }
      return false
    }
    running = nil
    loop.nanoseconds = monotonicNanoseconds()
    times.note(loop.nanoseconds - begun, now: loop.nanoseconds)
    if hasAnswered, let answer = handle.takeAnswer() { give(answer, to: handle.id) }
    return true
  }

  /// Hands what waits to the request threads.
  private func handOver() {
    guard !loop.work.isEmpty else { return }
    while let work = loop.work.popFirst() { handed.append { work.run(&$0) } }
    loop.pool.submit(&handed)
  }

  private func nextTimeout() -> Int32 {
    var timeout = loop.wheel.timeout(now: loop.now)
    func consider(_ due: Int64) {
      let ahead = Int32(clamping: max(0, due - loop.now))
      timeout = timeout < 0 ? ahead : min(timeout, ahead)
    }
    if let resumeAt = acceptor.resumeAt { consider(resumeAt) }
    if storesBodies { consider(nextTrim) }
    // Request threads at work wake the loop for a batch of answers; behind a long piece of work
    // the loop looks for itself.
    if loop.pool.isBusy { timeout = timeout < 0 ? 1 : min(timeout, 1) }
    return timeout
  }

  // MARK: Connections

  private func find(_ id: ConnectionID) -> Connection? {
    let slot = Int(id.slot)
    guard slot < slots.count, generations[slot] == id.generation else { return nil }
    return slots[slot]
  }

  private func accept(_ index: Int) {
    for _ in 0..<64 {
      guard !isDraining || !acceptor.isClosed else { return }
      if acceptor.isFull(index, open: openCount) {
        loop.statistics.acceptPauses.add(1, ordering: .relaxed)
        return acceptor.pause(loop, until: nil)
      }
      let id = nextID()
      switch acceptor.accept(index, id, loop) {
      case .accepted(let connection): admit(connection)
      case .turnedAway: loop.statistics.turnedAway.add(1, ordering: .relaxed)
      case .nothing: return
      case .exhausted:
        logger.warning("no descriptors left; accepting pauses")
        loop.statistics.acceptPauses.add(1, ordering: .relaxed)
        return acceptor.pause(loop, until: loop.now + 100)
      }
    }
  }

  /// The id the next connection gets; the slot is taken by `admit`.
  private func nextID() -> ConnectionID {
    if freeSlots.isEmpty {
      slots.append(nil)
      generations.append(0)
      freeSlots.append(UInt32(slots.count - 1))
    }
    let slot = freeSlots[freeSlots.count - 1]
    return ConnectionID(slot: slot, generation: generations[Int(slot)])
  }

  private func admit(_ connection: Connection) {
    freeSlots.removeLast()
    slots[Int(connection.id.slot)] = connection
    openCount += 1
    loop.statistics.accepted.add(1, ordering: .relaxed)
    loop.statistics.open.add(1, ordering: .relaxed)
    // The first request has often come with the connection.
    connection.read(loop)
    if connection.machine.isAnswering {
      loop.unwatched.append(connection.id)
    } else {
      connection.pump(loop)
    }
    forgetIfClosed(connection)
  }

  /// Before a wait: of those that came with a request in this turn the ones that are still there.
  private func watchNew() {
    guard !loop.unwatched.isEmpty else { return }
    for id in loop.unwatched {
      guard let connection = find(id) else { continue }
      connection.pump(loop)
      forgetIfClosed(connection)
    }
    loop.unwatched.removeAll(keepingCapacity: true)
  }

  private func forgetIfClosed(_ connection: Connection) {
    guard connection.isClosed else { return }
    let slot = Int(connection.id.slot)
    guard slots[slot] === connection else { return }
    slots[slot] = nil
    generations[slot] &+= 1
    if generations[slot] == Acceptor.generation { generations[slot] = 0 }
    freeSlots.append(connection.id.slot)
    openCount -= 1
    loop.statistics.open.subtract(1, ordering: .relaxed)
    acceptor.left(connection)
    if acceptor.hasRoomAgain(open: openCount) { resumeAccepting() }
  }

  private func resumeAccepting() {
    guard !acceptor.isClosed else { return }
    acceptor.resume(loop)
  }

  // MARK: Messages and time

  private func takeMessages() {
    loop.mailbox.take(into: &messages)
    guard !messages.isEmpty else { return }
    for message in messages { handle(message) }
    messages.removeAll(keepingCapacity: messages.count <= 1_024)
  }

  private func handle(_ message: LoopMessage) {
    switch message {
    case .answer(let handle):
      if let answer = handle.takeAnswer() { give(answer, to: handle.id) }
    case .refuse(let id, let refusal):
      guard let connection = find(id), connection.machine.owesAnswer else { return }
      connection.refuse(refusal, connection.request?.head, loop)
      connection.pump(loop)
      forgetIfClosed(connection)
    case .watch(let handle, let action):
      if handle.isAnswered { return }
      guard let connection = find(handle.id) else { return action() }
      guard connection.machine.owesAnswer else { return }
      if connection.peerLeft { action() } else { connection.request?.disconnect = action }
    case .stream(let id):
      guard let connection = find(id) else { return }
      connection.pump(loop)
      forgetIfClosed(connection)
    case .drain: drain()
    case .stop: isStopped = true
    }
  }

  private func give(_ answer: consuming AnswerHandle.Answer, to id: ConnectionID) {
    guard let connection = find(id), connection.machine.owesAnswer else {
      answer.channel?.abandon()
      return
    }
    connection.respond(answer.response, answer.channel, loop)
    connection.pump(loop)
    forgetIfClosed(connection)
  }

  private func drain() {
    isDraining = true
    acceptor.close(loop)
    for connection in slots {
      guard let connection else { continue }
      connection.drain(loop)
      forgetIfClosed(connection)
    }
  }

  private func expire() {
    loop.wheel.expire(now: loop.now, into: &expired)
    for id in expired {
      guard let connection = find(id) else { continue }
      connection.timePassed(loop)
      forgetIfClosed(connection)
    }
    expired.removeAll(keepingCapacity: expired.count <= 1_024)
    guard loop.now >= nextTrim else { return }
    storesBodies = loop.memory.trim(now: loop.now, age: 10_000)
    nextTrim = loop.now + (storesBodies ? 10_000 : 1_000)
  }
}
