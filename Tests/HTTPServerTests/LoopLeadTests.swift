import CSystem
import Dispatch
import Glibc
import HTTP
import HTTPServer
import Synchronization
import TestSupport
import Testing

/// Who leads a loop, and how a loop goes on behind a closure that does not return.
@Suite struct LoopLeadTests {
  @Test func theLeaderKeepsTheLeadOverAClosureThatReturns() {
    let lead = LoopLead()
    let seen = lead.look()
    let piece = lead.begins()
    #expect(lead.returned(piece))
    #expect(!lead.takesOver(from: seen))
    #expect(!lead.takesOver(from: piece))
  }

  @Test func onlyTheClosureThatWasSeenIsTakenOverFrom() {
    let lead = LoopLead()
    let first = lead.begins()
    let seen = lead.look()
    #expect(lead.returned(first))
    let second = lead.begins()
    #expect(!lead.takesOver(from: seen))
    #expect(lead.returned(second))
  }

  @Test func theLeadIsLostOnce() {
    let lead = LoopLead()
    let piece = lead.begins()
    #expect(lead.takesOver(from: lead.look()))
    #expect(!lead.returned(piece))
    #expect(!lead.takesOver(from: piece))
    // The new leader's closures are its own.
    let next = lead.begins()
    #expect(lead.returned(next))
  }

  @Test func nobodyWatchesWhileTheOtherIsInItsClosure() async {
    let lead = LoopLead()
    #expect(!lead.isWatched)
    // Whenever the other looks, it finds this closure.
    let piece = lead.begins()
    let took = await withCheckedContinuation { continuation in
      DispatchQueue(label: "watch").async { continuation.resume(returning: lead.watch()) }
    }
    #expect(took)
    #expect(!lead.isWatched)
    #expect(!lead.returned(piece))
  }

  /// Who watches waits for a core; who leads is as the thread was before, whatever that was.
  @Test(arguments: [Policy.other, Policy.batch])
  func theWatcherAloneWaitsForACore(_ before: Policy) async {
    let lead = LoopLead()
    let thread = Atomic<Int32>(0)
    let after = await withCheckedContinuation { continuation in
      DispatchQueue(label: "watch").async {
        Policy.set(before)
        thread.store(csystem_thread_id(), ordering: .releasing)
        _ = lead.watch()
        let after = Policy(rawValue: sched_getscheduler(0))
        Policy.set(.other)
        continuation.resume(returning: after)
      }
      while !lead.isWatched { sched_yield() }
      let watching = sched_getscheduler(thread.load(ordering: .acquiring))
      #expect(Policy(rawValue: watching) == .batch)
      lead.end()
    }
    #expect(after == before)
  }

  enum Policy: Int32 {
    case other = 0
    case batch = 3

    /// Of the calling thread.
    static func set(_ policy: Policy) {
      var none = sched_param()
      sched_setscheduler(0, policy.rawValue, &none)
    }
  }

  @Test func theWatcherEndsWithTheLoop() async {
    let lead = LoopLead()
    let took = await withCheckedContinuation { continuation in
      DispatchQueue(label: "watch").async { continuation.resume(returning: lead.watch()) }
      lead.end()
    }
    #expect(!took)
  }

  @Test func theLeadHasOneHolderAtATime() async {
    let relay = Relay(rounds: 20_000)
    await withTaskGroup(of: Void.self) { group in
      for leads in [true, false] {
        group.addTask {
          await withCheckedContinuation { continuation in
            DispatchQueue(label: "lead").async {
              relay.run(leads: leads)
              continuation.resume()
            }
          }
        }
      }
    }
    #expect(relay.worst.load(ordering: .relaxed) == 1)
    #expect(relay.takeovers.load(ordering: .relaxed) >= 3)
  }

  // MARK: The server

  @Test(arguments: [0, 4_000]) func aClosureThatDoesNotReturnHoldsUpNobody(
    shortClosure: Int64
  ) async throws {
    let gate = Gate()
    let server = try FixedServer(gate) { $0.shortClosure = shortClosure }
    defer { gate.open() }
    // One held by the loop's leader, one by a request thread each; the fifth waits.
    let held = try (0..<5).map { _ in try TestClient(server.address) }
    for client in held { try client.send(request("GET /held")) }
    _ = await gate.entered.wait()
    let other = try TestClient(server.address)
    try other.send("NOT HTTP\r\n\r\n")
    #expect(try other.answer().status == 400)
    gate.open()
    for client in held { #expect(try client.answer().text == "passed") }
  }

  /// What was reported along with the request whose closure keeps its thread is not lost.
  @Test func whatCameWithAClosureThatDoesNotReturnIsAnswered() async throws {
    let (gate, threshold) = (Gate(), Threshold())
    let server = try FixedServer(ThresholdHandler(threshold, then: gate)) {
      $0.shortClosure = 1_000_000_000
    }
    defer { gate.open() }
    let first = try TestClient(server.address)
    let others = try (0..<6).map { _ in try TestClient(server.address) }
    for client in others {
      try client.send(request("GET /short"))
      #expect(try client.answer().text == "short")
    }
    // The loop stands still until all of these have come: it finds them in one turn.
    try first.send(request("GET /threshold"))
    _ = await threshold.reached.wait()
    for (index, client) in others.enumerated() {
      try client.send(request(index == 1 ? "GET /held" : "GET /short"))
    }
    threshold.open()
    #expect(try first.answer().text == "threshold")
    for (index, client) in others.enumerated() where index != 1 {
      #expect(try client.answer().text == "short")
    }
    gate.open()
    #expect(try others[1].answer().text == "passed")
  }

  @Test func theAnswerOfAClosureThatLostItsLoopArrives() async throws {
    let gate = Gate()
    let server = try FixedServer(gate)
    let client = try TestClient(server.address)
    try client.send(request("GET /held"))
    _ = await gate.entered.wait()
    let other = try TestClient(server.address)
    try other.send("NOT HTTP\r\n\r\n")
    #expect(try other.answer().status == 400)
    gate.open()
    #expect(try client.answer().text == "passed")
  }

  @Test func closuresThatAreShortAnswerInOrderWhereAClientPipelines() throws {
    for shortClosure: Int64 in [0, 1_000_000_000] {
      let server = try TestServer { $0.shortClosure = shortClosure }
      let client = try server.client()
      let count = 200
      let texts = (0..<count).map { request("POST /echo", body: "\($0)") }
      try client.send(texts.joined())
      for index in 0..<count { #expect(try client.answer().text == "\(index)") }
    }
  }

  @Test func theLeaderRunsShortClosuresItself() throws {
    for (shortClosure, isExpected) in [(Int64(1_000_000_000), true), (0, false)] {
      let server = try FixedServer(WhereHandler()) { $0.shortClosure = shortClosure }
      let client = try TestClient(server.address)
      func isOnTheLoop() -> Bool {
        try? client.send(request("GET /where"))
        return (try? client.answer().text) == "loop"
      }
      // Its other thread has to be there first.
      #expect(isExpected ? eventually(isOnTheLoop) : !(0..<50).contains { _ in isOnTheLoop() })
    }
  }

  /// A few tell that closures are long; the others of the same moment are not run one by one.
  @Test func longClosuresAreSharedAmongThreads() throws {
    let handler = BusyHandler()
    let server = try FixedServer(handler)
    let clients = try (0..<40).map { _ in try TestClient(server.address) }
    for client in clients { try client.send(request("GET /busy")) }
    for client in clients { #expect(try client.answer().text == "done") }
    #expect(handler.threads.withLock { $0.count } > 1)
  }

  /// The answer given before its closure ends is not kept for that end.
  @Test func anAnswerDoesNotWaitForTheEndOfItsClosure() async throws {
    let gate = AnsweringGate()
    let server = try FixedServer(gate)
    for _ in 0..<2 {
      let client = try TestClient(server.address)
      try client.send(request("GET /early"))
      #expect(try client.answer().text == "early")
    }
    gate.open()
  }

  @Test func stoppingDoesNotWaitForAClosure() async throws {
    let gate = Gate()
    let server = try FixedServer(gate)
    let client = try TestClient(server.address)
    try client.send(request("GET /held"))
    _ = await gate.entered.wait()
    server.server.stop()
    await server.server.ended()
    #expect(try client.rest().isEmpty)
    gate.open()
  }
}

/// Two threads that lead in turns, and how many ever did at once.
private final class Relay: Sendable {
  let worst = Atomic<Int>(0)
  let takeovers = Atomic<Int>(0)
  private let lead = LoopLead()
  private let holders = Atomic<Int>(0)
  private let left: Atomic<Int>

  init(rounds: Int) { left = Atomic(rounds) }

  func run(leads: Bool) {
    var leads = leads
    while true {
      if !leads {
        guard lead.watch() else { return }
        takeovers.add(1, ordering: .relaxed)
      }
      worst.max(holders.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
      let round = left.subtract(1, ordering: .relaxed).newValue
      holders.subtract(1, ordering: .relaxed)
      if round <= 0 { return lead.end() }
      let piece = lead.begins()
      // A few are held up until the other has taken the lead.
      if round % 5_000 == 0 { _ = eventually { lead.look() != piece } }
      leads = lead.returned(piece)
    }
  }
}

/// Each closure takes two milliseconds of a processor.
private final class BusyHandler: RequestHandler {
  let threads = Mutex<Set<UInt>>([])

  func begin(_ head: RequestHead, from peer: Peer) -> Disposition {
    .collect(limit: 100) { [self] _, responder in
      threads.withLock { _ = $0.insert(UInt(pthread_self())) }
      let end = ContinuousClock.now + .milliseconds(2)
      while ContinuousClock.now < end {}
      responder.respond(TestHandler.text("done"))
    }
  }
}

/// Answers, and holds its thread until it is opened.
private final class AnsweringGate: RequestHandler {
  private let semaphore = DispatchSemaphore(value: 0)

  func open() {
    for _ in 0..<16 { semaphore.signal() }
  }

  func begin(_ head: RequestHead, from peer: Peer) -> Disposition {
    .collect(limit: 100) { [self] _, responder in
      responder.respond(TestHandler.text("early"))
      semaphore.wait()
    }
  }
}

/// Says whether its closure runs on the thread that has read the request.
private struct WhereHandler: RequestHandler {
  func begin(_ head: RequestHead, from peer: Peer) -> Disposition {
    let reader = UInt(pthread_self())
    return .collect(limit: 100) { _, responder in
      let isReader = UInt(pthread_self()) == reader
      responder.respond(TestHandler.text(isReader ? "loop" : "request thread"))
    }
  }
}
