import HTTP
import HTTPTypes
import TestSupport
import Testing

/// The parsers on memory whose end is the end of the readable world: a read of one byte past it
/// ends the test run.
@Suite struct GuardedMemoryTests {
  /// Lets a machine work on bytes as long as it can; what it did, in words.
  private func outcome(_ bytes: UnsafeBufferPointer<UInt8>) -> [String] {
    var machine = ConnectionMachine(limits: ConnectionLimits(), now: 0)
    var offset = 0
    var done: [String] = []
    while !machine.isClosed {
      let rest = UnsafeBufferPointer(rebasing: bytes[offset...])
      let (consumed, action) = machine.next(rest.span, ended: false, now: 0)
      offset += consumed
      switch action {
      case .wait: return done
      case .begin(let head):
        done.append("\(head.method) \(head.target)")
        if head.method == .post {
          if case .refuse = machine.decide(collect: 1 << 20, now: 0) { answer(&machine) }
        } else {
          answer(&machine)
        }
      case .body(let range): done.append("body \(Array(rest[range]))")
      case .run:
        done.append("run")
        answer(&machine)
      case .refuse(let refusal, _):
        done.append("\(refusal)")
        answer(&machine)
      case .sendContinue: done.append("continue")
      case .shutdownWrite, .close: done.append("end")
      }
    }
    return done
  }

  private func answer(_ machine: inout ConnectionMachine) {
    _ = machine.answer(closesConnection: false)
    machine.sent(now: 0)
    _ = machine.drained(now: 0)
  }

  @Test(arguments: ConformanceCase.all)
  func neverReadsPastTheEndOfWhatHasCome(_ example: ConformanceCase) throws {
    for count in 0...example.bytes.count {
      let bytes = Array(example.bytes.prefix(count))
      let expected = bytes.withUnsafeBufferPointer { outcome($0) }
      let guarded = try Pages.withGuarded(bytes) { outcome($0.bindMemory(to: UInt8.self)) }
      #expect(guarded == expected)
    }
  }

  @Test func readsChunksToTheirEndAndNoFurther() throws {
    let text = "4;a=\"b;c\"\r\nwiki\r\n05 ; x\r\npedia\r\n000\r\nA: b\r\nC:\td\r\n\r\n"
    let bytes = Array(text.utf8)
    for count in 0...bytes.count {
      let ended = try Pages.withGuarded(Array(bytes.prefix(count))) { raw -> Bool in
        var decoder = ChunkedDecoder()
        let memory = raw.bindMemory(to: UInt8.self)
        var offset = 0
        while true {
          let rest = UnsafeBufferPointer(rebasing: memory[offset...])
          let (consumed, event) = try decoder.next(rest.span)
          offset += consumed
          if event == .needMore { return false }
          if event == .end { return true }
        }
      }
      #expect(ended == (count == bytes.count))
    }
  }
}
