import HTTPTypes

/// Reads one head of a request from bytes as they arrive: consumed, need more, or refused.
///
/// The caller keeps the unconsumed bytes and calls `parse` with all of them again when more have
/// come; bytes looked at before are not looked at again, so a head sent byte by byte costs no more
/// than its length. Memory is bounded by the limits. Any split of the bytes gives the same outcome.
///
/// Invariants:
/// 1. `start` ≤ `line` ≤ `scanned` ≤ the bytes seen; no line feed lies in `line..<scanned`.
/// 2. Every line before `line` has been checked and kept.
/// 3. Offsets kept count from `start`, the first byte of the request line.
///
/// Grammar: RFC 9112, sections 2 to 5, read strictly. Where the RFC allows leniency (bare LF, line
/// folding, repeated equal Content-Length, several spaces) the message is refused, because servers
/// that differ there can be played against each other.
public struct HeadParser: Sendable {
  /// What came of the bytes so far.
  public enum Outcome: Sendable {
    /// Not complete: call again with these bytes and more.
    case needMore
    /// A head, and how many bytes it and what preceded it took.
    case complete(RequestHead, consumed: Int)
    /// Not a head this server takes; the connection cannot go on.
    case refused(Refusal)
  }

  private let limits: HeadLimits
  private var start = 0
  private var line = 0
  private var scanned = 0
  private var requestLine: RequestLine?
  private var lines: [RequestHead.FieldLine] = []
  private var fields = FieldCollector()

  /// A parser for one head.
  public init(limits: HeadLimits = HeadLimits()) {
    self.limits = limits
  }

  /// Some bytes of a head have been seen (an empty line before it does not count).
  public var hasStarted: Bool { scanned > start }

  /// The request line has been read, and its method is HEAD.
  var isHead: Bool { requestLine?.method == .head }

  /// Looks at `bytes`: everything received since the last message, from its first byte.
  public mutating func parse(_ bytes: Span<UInt8>) -> Outcome {
    do {
      return try step(bytes)
    } catch {
      return .refused(error)
    }
  }

  private mutating func step(_ bytes: Span<UInt8>) throws(Refusal) -> Outcome {
    while let feed = bytes.firstLineFeed(in: scanned..<bytes.count) {
      guard feed - start < limits.head else { throw tooLong(end: feed) }
      guard feed > line, bytes[feed - 1] == 0x0D else { throw .malformedLineEnd }
      let content = line..<(feed - 1)
      line = feed + 1
      scanned = line
      if requestLine == nil {
        if content.isEmpty {
          // One empty line before the request line is to be ignored (RFC 9112, section 2.2).
          guard start == 0 else { throw .malformedRequestLine }
          start = line
        } else {
          try readRequestLine(bytes, content)
        }
      } else if content.isEmpty {
        return .complete(try finish(bytes), consumed: line)
      } else {
        try readField(bytes, content)
      }
    }
    scanned = bytes.count
    if scanned - start > limits.head { throw tooLong(end: scanned) }
    if requestLine == nil {
      if scanned - line > limits.requestLine + 1 { throw tooLong(end: scanned) }
      try checkFirstBytes(bytes)
    }
    return .needMore
  }

  private mutating func readRequestLine(
    _ bytes: Span<UInt8>, _ content: Range<Int>
  ) throws(Refusal) {
    guard content.count <= limits.requestLine else {
      throw .requestLineTooLong(limit: limits.requestLine)
    }
    var parsed = try RequestLine.parse(bytes, content)
    let shift = Int32(start)
    parsed.target = parsed.target.shifted(by: shift)
    parsed.path = parsed.path.shifted(by: shift)
    parsed.query = parsed.query?.shifted(by: shift)
    fields.version = parsed.version
    requestLine = parsed
    lines.reserveCapacity(16)
  }

  private mutating func readField(_ bytes: Span<UInt8>, _ content: Range<Int>) throws(Refusal) {
    guard lines.count < limits.fields else { throw .tooManyFields(limit: limits.fields) }
    let (name, value) = try FieldCollector.split(bytes, content)
    try fields.note(bytes, name, value)
    let shift = Int32(start)
    lines.append(
      RequestHead.FieldLine(
        name: name.narrow.shifted(by: shift), value: value.narrow.shifted(by: shift)))
  }

  private mutating func finish(_ bytes: Span<UInt8>) throws(Refusal) -> RequestHead {
    guard let requestLine else { throw .malformedRequestLine }
    let framing = try fields.framing()
    let raw = bytes.extracting(start..<line).withUnsafeBufferPointer { Array($0) }
    return RequestHead(bytes: raw, lines: lines, requestLine: requestLine, framing: framing)
  }

  /// A request line that can no longer become one is refused before its end has come: other
  /// protocols on this port would otherwise wait for the time limit.
  private func checkFirstBytes(_ bytes: Span<UInt8>) throws(Refusal) {
    guard line < scanned else { return }
    let first = bytes[line]
    guard first.isToken || first == 0x0D else { throw .malformedRequestLine }
  }

  private func tooLong(end: Int) -> Refusal {
    if requestLine == nil, end - line > limits.requestLine {
      return .requestLineTooLong(limit: limits.requestLine)
    }
    return .headTooLong(limit: limits.head)
  }
}

extension Range<Int32> {
  /// The same range counted from `origin`.
  fileprivate func shifted(by origin: Int32) -> Range<Int32> {
    (lowerBound - origin)..<(upperBound - origin)
  }
}
