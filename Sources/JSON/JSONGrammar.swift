/// The grammar of RFC 8259 as a strict checker that says where a text breaks it and why.
///
/// simdjson reads every ordinary text; this reads, without recursion, those that simdjson refused
/// (it tells no place) and those that hold what it would lose: the integer `-0`, integers beyond
/// 64 bits, escaped surrogates. It also lists the edits after which simdjson reads them rightly.
struct JSONGrammar {
  /// What may come next.
  private enum Expectation {
    case value, valueOrEnd, keyOrEnd, key, colon, commaOrEnd, nothing
  }

  /// An array or object that is open.
  struct Frame {
    let isObject: Bool
    /// The elements before the present one.
    var index = 0
    /// The present key, still escaped.
    var key: Range<Int> = 0..<0
  }

  let bytes: UnsafeRawBufferPointer
  let maximumDepth: Int
  var position = 0
  var frames: [Frame] = []
  /// Ends of integer literals that need an exponent behind them to be read as numbers.
  var edits: [Int] = []
  private var expectation = Expectation.value

  init(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int) {
    self.bytes = bytes
    self.maximumDepth = maximumDepth
  }

  /// Throws the first breach of the grammar. O(n), scratch O(depth).
  mutating func check() throws(JSONError) {
    if let offset = firstInvalidUTF8() { throw .notUTF8(offset: offset) }
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) {
      throw .syntax(offset: 0, reason: "a byte order mark is not taken")
    }
    while true {
      skipWhitespace()
      guard position < bytes.count else { return try end() }
      switch expectation {
      case .value: try value()
      case .valueOrEnd:
        if bytes[position] == UInt8(ascii: "]") { close() } else { try value() }
      case .key, .keyOrEnd: try key()
      case .colon:
        try expect(UInt8(ascii: ":"), "a colon belongs after the name of a member")
        expectation = .value
      case .commaOrEnd: try commaOrEnd()
      case .nothing:
        throw .syntax(offset: position, reason: "something follows after the end of the value")
      }
    }
  }

  /// The text with an exponent `e0` behind the integers that simdjson reads only as numbers, and
  /// zero bytes behind it all.
  func rewritten(padding: Int) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count + 2 * edits.count + padding)
    var copied = 0
    for edit in edits {
      text.append(contentsOf: bytes[copied..<edit])
      text.append(UInt8(ascii: "e"))
      text.append(UInt8(ascii: "0"))
      copied = edit
    }
    text.append(contentsOf: bytes[copied...])
    text.append(contentsOf: repeatElement(0, count: padding))
    return text
  }

  /// The pointer to the value that is being read; long keys are clipped.
  var pointer: JSONPointer {
    JSONPointer(
      frames.map { frame in
        guard frame.isObject else { return String(frame.index) }
        return JSONString.unescaped(UnsafeRawBufferPointer(rebasing: bytes[frame.key])).clipped
      })
  }

  private func firstInvalidUTF8() -> Int? {
    let span = bytes.bindMemory(to: UInt8.self).span
    do throws(UTF8.ValidationError) {
      _ = try UTF8Span(validating: span)
      return nil
    } catch {
      return error.byteOffsets.lowerBound
    }
  }

  private mutating func skipWhitespace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0a, 0x0d: position += 1
      default: return
      }
    }
  }

  private func end() throws(JSONError) {
    switch expectation {
    case .nothing: return
    case .value where frames.isEmpty: throw .syntax(offset: 0, reason: "the text holds no value")
    default:
      let open = frames.last?.isObject == true ? "an object" : "an array"
      throw .syntax(offset: bytes.count, reason: "the text ends inside \(open)")
    }
  }

  private mutating func expect(_ byte: UInt8, _ reason: String) throws(JSONError) {
    guard bytes[position] == byte else { throw .syntax(offset: position, reason: reason) }
    position += 1
  }

  private mutating func open(isObject: Bool) throws(JSONError) {
    guard frames.count < maximumDepth else { throw .tooDeep(limit: maximumDepth) }
    frames.append(Frame(isObject: isObject))
    position += 1
    expectation = isObject ? .keyOrEnd : .valueOrEnd
  }

  private mutating func close() {
    frames.removeLast()
    position += 1
    finish()
  }

  /// A value is complete.
  private mutating func finish() {
    expectation = frames.isEmpty ? .nothing : .commaOrEnd
  }

  private mutating func value() throws(JSONError) {
    switch bytes[position] {
    case UInt8(ascii: "["): return try open(isObject: false)
    case UInt8(ascii: "{"): return try open(isObject: true)
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    default: throw .syntax(offset: position, reason: reasonForNoValue())
    }
    finish()
  }

  private mutating func key() throws(JSONError) {
    if expectation == .keyOrEnd, bytes[position] == UInt8(ascii: "}") { return close() }
    guard bytes[position] == UInt8(ascii: "\"") else {
      throw .syntax(offset: position, reason: "the name of a member belongs in double quotes")
    }
    let range = try string()
    frames[frames.count - 1].key = range
    expectation = .colon
  }

  private mutating func commaOrEnd() throws(JSONError) {
    let isObject = frames[frames.count - 1].isObject
    switch bytes[position] {
    case UInt8(ascii: ","):
      position += 1
      frames[frames.count - 1].index += 1
      expectation = isObject ? .key : .value
    case UInt8(ascii: "]") where !isObject, UInt8(ascii: "}") where isObject: close()
    default:
      let reason =
        isObject
        ? "a comma or a closing brace belongs after a member"
        : "a comma or a closing bracket belongs after an element"
      throw .syntax(offset: position, reason: reason)
    }
  }

  private func reasonForNoValue() -> String {
    switch bytes[position] {
    case UInt8(ascii: ","): "a value is missing before the comma"
    case UInt8(ascii: "]"), UInt8(ascii: "}"): "a value is missing before the closing bracket"
    case UInt8(ascii: "+"): "a number does not begin with a plus sign"
    case UInt8(ascii: "."): "a number needs a digit before its decimal point"
    case UInt8(ascii: "N"), UInt8(ascii: "I"): "JSON has no NaN and no Infinity"
    case UInt8(ascii: "'"): "strings belong in double quotes"
    case UInt8(ascii: "/"): "JSON has no comments"
    default: "no value begins with this byte"
    }
  }
}
