import HTTP
import HTTPTypes

/// Owns a `ConnectionMachine` as a server would, without a socket: gives it bytes, answers at once,
/// and writes down what happened.
struct MachineDriver {
  enum Event: Equatable {
    case head(String)
    case body([UInt8])
    case run
    case continued
    case answered(Int, keepsAlive: Bool)
    case shutdown
    case closed
  }

  private(set) var machine: ConnectionMachine
  private(set) var events: [Event] = []
  /// The fields of each head.
  private(set) var fields: [HTTPFields] = []
  private var inbox: [UInt8] = []
  private(set) var ended = false
  /// Answers requests by hand when false.
  var answersAtOnce = true
  var bodyLimit = 1 << 20
  var now: Int64 = 0

  init(_ limits: ConnectionLimits = ConnectionLimits()) {
    machine = ConnectionMachine(limits: limits, now: 0)
  }

  var isClosed: Bool { machine.isClosed }
  var answers: [Int] {
    events.compactMap { if case .answered(let status, _) = $0 { status } else { nil } }
  }

  /// What a connection does that gets the bytes in these pieces, up to its end: `continued` apart,
  /// which depends on where the pieces part.
  static func events(_ pieces: [ArraySlice<UInt8>]) -> [Event] {
    var driver = MachineDriver()
    for piece in pieces { driver.receive(piece) }
    driver.end()
    let events = driver.events.filter { $0 != .continued }
    guard let end = events.firstIndex(where: { $0 == .shutdown || $0 == .closed }) else {
      return events
    }
    return Array(events[..<end])
  }

  mutating func receive(_ bytes: some Collection<UInt8>) {
    inbox += bytes
    work()
  }

  mutating func receive(_ text: String) { receive(Array(text.utf8)) }

  mutating func end() {
    ended = true
    work()
  }

  mutating func pass(_ milliseconds: Int64) {
    now += milliseconds
    let action = machine.deadlineReached(now: now)
    perform(action, [])
    work()
  }

  mutating func drain() { perform(machine.drain(), []) }

  mutating func answer(_ status: Int, closes: Bool = false) {
    let keepsAlive = machine.answer(closesConnection: closes)
    events.append(.answered(status, keepsAlive: keepsAlive))
    machine.sent(now: now)
  }

  mutating func work() {
    while !machine.isClosed {
      let bytes = inbox
      let (consumed, action) = machine.next(bytes.span, ended: ended, now: now)
      inbox.removeFirst(consumed)
      if case .wait = action { break }
      perform(action, bytes)
    }
    // The socket takes everything at once.
    perform(machine.drained(now: now), [])
    if machine.isClosed { inbox = [] }
  }

  private mutating func perform(_ action: ConnectionMachine.Action, _ bytes: [UInt8]) {
    switch action {
    case .wait: break
    case .begin(let head): begin(head)
    case .sendContinue: events.append(.continued)
    case .body(let range):
      if case .body(let before) = events.last {
        events[events.count - 1] = .body(before + bytes[range])
      } else {
        events.append(.body(Array(bytes[range])))
      }
    case .run:
      events.append(.run)
      if answersAtOnce { answer(200) }
    case .refuse(let refusal, _): answer(refusal.status.code)
    case .shutdownWrite:
      events.append(.shutdown)
      work()
    case .close: events.append(.closed)
    }
  }

  private mutating func begin(_ head: RequestHead) {
    events.append(.head("\(head.method) \(head.target)"))
    fields.append(head.fields)
    switch (head.method, head.path) {
    case (.get, "/GETPATH"), (.head, "/GETPATH"), (.options, "*"): answer(200)
    case (.post, "/POSTPATH"):
      if let refusal = machine.decide(collect: bodyLimit, now: now) { perform(refusal, []) }
    default: answer(404)
    }
  }
}
