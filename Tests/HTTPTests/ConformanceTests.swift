import HTTP
import TestSupport
import Testing

/// The conformance set against the pure machine: whole, cut in two anywhere, and byte by byte.
@Suite struct ConformanceTests {
  @Test(arguments: ConformanceCase.all)
  func treatsEachCaseAsItMust(_ example: ConformanceCase) {
    var driver = MachineDriver()
    driver.receive(example.bytes)
    if example.ends { driver.end() }
    expect(example, driver)
  }

  private func expect(_ example: ConformanceCase, _ driver: MachineDriver) {
    let answers = driver.answers
    let stopped = driver.events.contains(.shutdown) || driver.isClosed
    let refused =
      stopped && answers.count == example.answers + 1
      && example.statuses.contains(answers.last ?? 0)
    switch example.expectation {
    case .accept: #expect(answers.count == example.answers && answers.allSatisfy { $0 == 200 })
    case .reject: #expect(refused, "\(driver.events)")
    case .either:
      let taken = answers.count == example.answers && answers.allSatisfy { $0 == 200 }
      let strictly = stopped && answers.count == 1 && [400, 417].contains(answers[0])
      #expect(taken || strictly, "\(driver.events)")
    case .notAccept: #expect(!answers.contains(200), "\(driver.events)")
    case .wait: #expect(answers.isEmpty && !stopped)
    }
  }

  @Test(arguments: ConformanceCase.all)
  func givesTheSameEventsWhereverTheBytesAreCut(_ example: ConformanceCase) {
    let whole = events(example, cuts: [])
    for cut in 1..<example.bytes.count {
      #expect(events(example, cuts: [cut]) == whole, "cut at \(cut)")
    }
    #expect(events(example, cuts: Array(1..<example.bytes.count)) == whole, "byte by byte")
  }

  @Test(arguments: ConformanceCase.all)
  func neverRunsAHandlerOnATruncatedMessage(_ example: ConformanceCase) {
    let whole = events(example, cuts: [])
    for count in 0..<example.bytes.count {
      var driver = MachineDriver()
      driver.receive(example.bytes.prefix(count))
      driver.end()
      let runs = driver.events.filter { $0 == .run }.count
      #expect(runs <= whole.filter { $0 == .run }.count)
      #expect(driver.answers.count <= whole.count)
      #expect(driver.events.last == .closed || driver.events.last == .shutdown)
    }
  }

  @Test func givesTheSameEventsForRandomSplitsOfAPipeline() {
    let accepted = ConformanceCase.all.filter(\.goesOn)
    var random = SplitMix64(seed: 4)
    for _ in 0..<40 {
      let picked = (0..<5).compactMap { _ in accepted.randomElement(using: &random) }
      let bytes = picked.flatMap(\.bytes)
      let example = ConformanceCase(
        "random", .accept, 0, [], String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
      )
      let whole = events(example, cuts: [])
      let cuts = (0..<20).map { _ in Int.random(in: 1..<bytes.count, using: &random) }.sorted()
      #expect(events(example, cuts: cuts) == whole, "\(picked.map(\.name)) at \(cuts)")
    }
  }

  /// A head is known again by its bytes: what the last one was must not show.
  @Test(
    arguments: ConformanceCase.all.filter(\.goesOn) + [
      ConformanceCase(
        "http10-keeps-alive", .accept, 1, [],
        "GET /GETPATH HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
      ConformanceCase(
        "expects-continue", .accept, 1, [],
        "POST /POSTPATH HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}"
      ),
      ConformanceCase(
        "no-longer-kept", .accept, 1, [],
        "GET /GETPATH HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 1_024))\r\n\r\n"),
    ])
  func treatsAMessageBehindALikeOneAsTheFirst(_ example: ConformanceCase) {
    var first = MachineDriver()
    first.receive(example.bytes)
    let (events, fields) = (first.events.count, first.fields.count)
    var likes: [[UInt8]] = [example.bytes, example.bytes + example.bytes]
    for place in example.bytes.indices {
      likes.append(Array(example.bytes[..<place]) + example.bytes[(place + 1)...])
      for byte: UInt8 in [0x20, 0x0A, 0x31, 0x41, example.bytes[place] ^ 0x20] {
        var like = example.bytes
        like[place] = byte
        likes.append(like)
      }
    }
    for like in likes {
      var fresh = MachineDriver()
      fresh.receive(like)
      var behind = first
      behind.receive(like)
      #expect(Array(behind.events[events...]) == fresh.events, "\(like)")
      #expect(Array(behind.fields[fields...]) == fresh.fields, "\(like)")
      #expect(behind.machine.wantsInput == fresh.machine.wantsInput)
    }
  }

  private func events(_ example: ConformanceCase, cuts: [Int]) -> [MachineDriver.Event] {
    MachineDriver.happenings(of: example.bytes, cuts: cuts, ends: example.ends)
  }
}
