import HTTP
import HTTPTypes
import Testing

@Suite struct ConnectionMachineTests {
  private let get = "GET /GETPATH HTTP/1.1\r\nHost: a\r\n\r\n"

  private func post(_ count: Int, _ fields: String = "") -> String {
    "POST /POSTPATH HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\(fields)\r\n"
  }

  @Test func answersPipelinedRequestsInOrder() {
    var driver = MachineDriver()
    driver.receive(get + post(2) + "{}" + get)
    #expect(
      driver.events == [
        .head("GET /GETPATH"), .answered(200, keepsAlive: true), .head("POST /POSTPATH"),
        .body(Array("{}".utf8)), .run, .answered(200, keepsAlive: true), .head("GET /GETPATH"),
        .answered(200, keepsAlive: true),
      ])
  }

  @Test func leavesTheNextRequestAloneWhileOneIsComputed() {
    var driver = MachineDriver()
    driver.answersAtOnce = false
    driver.receive(post(2) + "{}" + get)
    #expect(driver.events.last == .run)
    #expect(!driver.machine.wantsInput)
    #expect(driver.machine.deadline == nil)
    driver.answer(200)
    driver.work()
    #expect(driver.answers == [200, 200])
  }

  @Test func sendsContinueOnlyWhereNothingOfTheBodyHasCome() {
    var waiting = MachineDriver()
    waiting.receive(post(2, "Expect: 100-continue\r\n"))
    #expect(waiting.events == [.head("POST /POSTPATH"), .continued])
    waiting.receive("{}")
    #expect(waiting.answers == [200])
    var eager = MachineDriver()
    eager.receive(post(2, "Expect: 100-continue\r\n") + "{")
    #expect(!eager.events.contains(.continued))
    var large = MachineDriver()
    large.bodyLimit = 1
    large.receive(post(2, "Expect: 100-continue\r\n"))
    #expect(
      large.events == [.head("POST /POSTPATH"), .answered(413, keepsAlive: false), .shutdown])
  }

  @Test func refusesABodyOnePastItsLimitAtTheHead() {
    var driver = MachineDriver()
    driver.bodyLimit = 2
    driver.receive(post(2) + "{}")
    #expect(driver.answers == [200])
    driver.receive(post(3))
    #expect(driver.answers == [200, 413])
    #expect(driver.events.last == .shutdown)
  }

  @Test func skipsASmallUnreadBodyAndClosesBehindALargeOne() {
    var limits = ConnectionLimits()
    limits.skippedBody = 10
    let unread = { (count: Int) in
      "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n"
    }
    var small = MachineDriver(limits)
    small.receive(unread(10) + "GET /aaaaa" + get)
    #expect(small.answers == [404, 200])
    var large = MachineDriver(limits)
    large.receive(unread(11))
    #expect(
      large.events == [
        .head("POST /nowhere"), .answered(404, keepsAlive: false), .shutdown,
      ])
  }

  /// What a client has sent for the time after must not tear down the answer (RFC 9112, 9.6).
  @Test func lingersWhereTheClientWouldHaveGoneOn() {
    var limits = ConnectionLimits()
    limits.requests = 1
    var bounded = MachineDriver(limits)
    bounded.receive(get)
    #expect(bounded.events.last == .shutdown)
    var parting = MachineDriver(limits)
    parting.receive("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(parting.isClosed && !parting.events.contains(.shutdown))
  }

  @Test func lingersWithinItsBounds() {
    var limits = ConnectionLimits()
    limits.lingerBytes = 100
    var driver = MachineDriver(limits)
    driver.receive("BAD\r\n")
    #expect(driver.events.last == .shutdown)
    driver.receive(String(repeating: "x", count: 100))
    #expect(!driver.isClosed)
    driver.receive("x")
    #expect(driver.isClosed)
    var slow = MachineDriver(limits)
    slow.receive("BAD\r\n")
    slow.pass(999)
    #expect(!slow.isClosed)
    slow.pass(1)
    #expect(slow.isClosed)
  }

  @Test func cutsSlowHeadsWith408() {
    var driver = MachineDriver()
    driver.receive("GET / HTTP/1.1\r\n")
    driver.pass(5_000)
    driver.receive("X: y\r\n")
    driver.pass(4_999)
    #expect(driver.answers.isEmpty)
    driver.pass(1)
    #expect(driver.answers == [408])
  }

  @Test func closesIdleConnectionsSilently() {
    var driver = MachineDriver()
    driver.receive(get)
    driver.pass(59_999)
    #expect(!driver.isClosed)
    driver.pass(1)
    #expect(driver.isClosed)
    #expect(driver.answers == [200])
  }

  @Test func cutsBodiesWithoutProgress() {
    var driver = MachineDriver()
    driver.receive(post(100))
    driver.pass(29_000)
    driver.receive(String(repeating: "x", count: 50))
    #expect(driver.answers.isEmpty)
    driver.pass(30_000)
    #expect(driver.answers == [408])
  }

  @Test func cutsBodiesBelowTheAverageRate() {
    var limits = ConnectionLimits()
    limits.bodyStall = 1_000
    limits.bodyRate = 100
    var slow = MachineDriver(limits)
    var fast = MachineDriver(limits)
    slow.receive(post(10_000))
    fast.receive(post(10_000))
    for _ in 0..<10 {
      slow.receive("x")
      fast.receive(String(repeating: "x", count: 60))
      slow.pass(500)
      fast.pass(500)
    }
    #expect(slow.answers == [408])
    #expect(fast.answers.isEmpty)
  }

  @Test func asksForNoAverageRateWhereItIsOff() {
    var limits = ConnectionLimits()
    limits.bodyStall = 1_000
    limits.bodyRate = 0
    var driver = MachineDriver(limits)
    driver.receive(post(100))
    for _ in 0..<50 {
      driver.pass(999)
      driver.receive("x")
    }
    #expect(driver.answers.isEmpty)
    driver.pass(1_000)
    #expect(driver.answers == [408])
  }

  @Test func closesWhenTheClientTakesNothing() {
    var machine = ConnectionMachine(limits: ConnectionLimits(), now: 0)
    machine.wrote(pending: true, now: 100)
    #expect(machine.deadline == 30_100)
    if case .wait = machine.deadlineReached(now: 30_099) {} else { Issue.record("too early") }
    if case .close = machine.deadlineReached(now: 30_100) {} else { Issue.record("not closed") }
  }

  @Test func closesAfterItsNumberOfRequests() {
    var limits = ConnectionLimits()
    limits.requests = 2
    var driver = MachineDriver(limits)
    driver.receive(get + get + get)
    #expect(driver.answers == [200, 200])
    #expect(driver.events.contains(.answered(200, keepsAlive: false)))
  }

  @Test func drainsIdleAtOnceAndOthersAfterTheirAnswer() {
    var idle = ConnectionMachine(limits: ConnectionLimits(), now: 0)
    if case .close = idle.drain() {} else { Issue.record("idle connection kept") }
    var driver = MachineDriver()
    driver.answersAtOnce = false
    driver.receive(post(2) + "{}")
    driver.drain()
    #expect(!driver.isClosed)
    driver.answer(200)
    driver.work()
    #expect(driver.events.contains(.answered(200, keepsAlive: false)))
    #expect(driver.events.last == .shutdown)
    driver.end()
    #expect(driver.isClosed)
  }

  @Test func aDrainClosesBehindAnAnswerThatWasBegunBeforeIt() {
    var machine = ConnectionMachine(limits: ConnectionLimits(), now: 0)
    let bytes = Array(get.utf8)
    guard case .begin = machine.next(bytes.span, ended: false, now: 0).action else {
      Issue.record("no head")
      return
    }
    // The promise is out before the drain begins, and the body ends after it.
    let keepsAlive = machine.answer(closesConnection: false)
    #expect(keepsAlive)
    if case .wait = machine.drain() {} else { Issue.record("closed inside an answer") }
    machine.sent(now: 1)
    if case .wait = machine.drained(now: 1, hasInput: true) {} else { Issue.record("input lost") }
    if case .close = machine.drained(now: 1) {} else { Issue.record("kept") }
    #expect(machine.isClosed)
  }

  @Test func closesSilentlyWhenThePeerEndsInsideAMessage() {
    for text in ["GET / HT", post(5) + "abc", "POST /POSTPATH HTTP/1.1\r\nHost: a\r\nTrans"] {
      var driver = MachineDriver()
      driver.receive(text)
      driver.end()
      #expect(driver.answers.isEmpty)
      #expect(driver.isClosed)
    }
  }

  @Test func answersWhatAHalfClosedPeerStillWaitsFor() {
    var driver = MachineDriver()
    driver.answersAtOnce = false
    driver.receive(post(2) + "{}")
    driver.end()
    #expect(!driver.isClosed)
    driver.answer(200)
    driver.work()
    #expect(driver.answers == [200])
    #expect(driver.isClosed)
  }
}
