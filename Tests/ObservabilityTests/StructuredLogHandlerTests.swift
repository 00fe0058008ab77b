import Logging
import Observability
import Synchronization
import Testing

/// Keeps lines in memory.
private final class MemorySink: LogSink {
  private let kept = Mutex<[(line: String, urgent: Bool)]>([])
  var lines: [String] { kept.withLock { $0.map(\.line) } }
  var urgencies: [Bool] { kept.withLock { $0.map(\.urgent) } }

  func write(_ line: [UInt8], urgent: Bool) {
    kept.withLock { $0.append((String(decoding: line, as: UTF8.self), urgent)) }
  }
}

private func logger(
  _ sink: MemorySink, _ format: StructuredLogHandler.Format,
  control: LogLevelControl = LogLevelControl(.trace)
) -> Logger {
  Logger(label: "test") { label in
    StructuredLogHandler(
      label: label, format: format, control: control, sink: sink,
      clock: { Timestamp(milliseconds: 1_000) })
  }
}

@Suite struct StructuredLogHandlerTests {
  @Test func writesOneJSONObjectALine() {
    let sink = MemorySink()
    var log = logger(sink, .json)
    log[metadataKey: "request_id"] = "r-1"
    log.info("done", metadata: ["job_id": "j-1", "status": .stringConvertible(200)])
    #expect(
      sink.lines == [
        "{\"ts\":\"1970-01-01T00:00:01.000Z\",\"level\":\"info\",\"logger\":\"test\","
          + "\"msg\":\"done\",\"job_id\":\"j-1\",\"request_id\":\"r-1\",\"status\":200}\n"
      ])
  }

  @Test func escapesWhateverACallerSent() {
    let sink = MemorySink()
    logger(sink, .json).info("a\"b\\c\nd\u{1}\u{7F}é\u{2028}", metadata: ["k\n": "v\r\t"])
    #expect(
      sink.lines.first?.contains(
        "\"msg\":\"a\\\"b\\\\c\\nd\\u0001\\u007fé\u{2028}\",\"k\\n\":\"v\\r\\t\"}") == true)
  }

  @Test func nestedMetadataStaysNestedAndTypesStayTypes() {
    let sink = MemorySink()
    logger(sink, .json).info(
      "x",
      metadata: [
        "a": ["1", ["b": "c"]], "f": .stringConvertible(1.5), "n": .stringConvertible(Double.nan),
        "t": .stringConvertible(true),
      ])
    #expect(
      sink.lines.first?.hasSuffix(
        "\"a\":[\"1\",{\"b\":\"c\"}],\"f\":1.5,\"n\":\"nan\",\"t\":true}\n")
        == true)
  }

  @Test func metadataCannotPoseAsTheLinesOwnMembers() {
    let sink = MemorySink()
    logger(sink, .json).info("x", metadata: ["level": "critical", "msg": "y"])
    #expect(sink.lines.first?.contains("\"level_\":\"critical\",\"msg_\":\"y\"") == true)
  }

  @Test func textLinesCannotMoveTheCursor() {
    let sink = MemorySink()
    logger(sink, .text).warning("a\u{1B}[2J\nb", metadata: ["k": "\u{9B}v"])
    #expect(
      sink.lines == ["1970-01-01T00:00:01.000Z WARNING a\\u001b[2J\\nb k=\\u009bv\n"])
    #expect(sink.urgencies == [true])
  }

  @Test func theSharedLevelChangesEveryLogger() {
    let sink = MemorySink()
    let control = LogLevelControl(.info)
    let log = logger(sink, .text, control: control)
    var own = log
    own.logLevel = .trace
    log.debug("1")
    control.level = .debug
    log.debug("2")
    control.level = .critical
    log.error("3")
    own.debug("4")
    #expect(sink.lines.map { $0.split(separator: " ").last } == ["2\n", "4\n"])
  }

  @Test func eventsWinOverTheProviderOverTheLoggersOwn() {
    let sink = MemorySink()
    var handler = StructuredLogHandler(
      label: "t", format: .text, control: LogLevelControl(), sink: sink,
      clock: { Timestamp(milliseconds: 0) })
    handler.metadataProvider = .init { ["a": "p", "b": "p"] }
    var log = Logger(label: "t") { [handler] _ in handler }
    log[metadataKey: "a"] = "l"
    log[metadataKey: "c"] = "l"
    log.info("m", metadata: ["b": "e"])
    #expect(sink.lines == ["1970-01-01T00:00:00.000Z INFO m a=p b=e c=l\n"])
  }
}
