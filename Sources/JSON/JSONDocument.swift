internal import CSimdjson

/// A JSON text, parsed once by simdjson and walked in place, without a tree.
///
/// Read strictly: RFC 8259 with no byte order mark, no duplicate keys, no lone surrogates, no
/// number beyond the range of Double, a bounded depth. What simdjson does not tell (where an error
/// is) or would lose (`-0`, integers beyond 64 bits) is found by `JSONGrammar`.
public final class JSONDocument: Sendable {
  let tape: JSONTape

  private init(_ tape: JSONTape) {
    self.tape = tape
  }

  /// Bytes behind a text that spare a copy when they may be read (whatever they hold).
  public static var padding: Int { Int(MQ_JSON_PADDING) }

  /// The most memory that parsing a text of so many bytes can take, for admission: 8 bytes of tape
  /// and 4 of index a byte of text in the worst case (`[1,1,1,…`), the strings, and the copy. A
  /// matrix of numbers with all their digits takes about a fifth of it.
  public static func memoryBound(textBytes count: Int) -> Int {
    8 * count + 4 * count + 5 * count / 3 + count + 4096
  }

  /// Parses a text. Nothing of `bytes` is kept.
  ///
  /// Without padding the text is copied first. O(n), or O(n log n) in the keys of large objects;
  /// memory as `memoryBound` says, of which 8 bytes a value stay while the document lives.
  /// - Parameters:
  ///   - readablePastEnd: readable bytes behind `bytes`; from `padding` on there is no copy.
  ///   - maximumDepth: arrays and objects inside each other, at least 1.
  public static func parse(
    _ bytes: UnsafeRawBufferPointer, readablePastEnd: Int = 0, maximumDepth: Int = 64
  ) throws(JSONError) -> JSONDocument {
    precondition(maximumDepth >= 1, "a depth below 1 takes no array")
    guard !bytes.isEmpty else { throw .syntax(offset: 0, reason: "the text is empty") }
    let isUnusual =
      mq_json_is_unusual(bytes.assumingMemoryBound(to: UInt8.self).baseAddress, bytes.count) != 0
    if !isUnusual,
      let tape = try Self.tape(bytes, readablePastEnd: readablePastEnd, maximumDepth: maximumDepth)
    {
      return try checked(tape)
    }
    return try parseByGrammar(bytes, maximumDepth: maximumDepth)
  }

  /// Parses the bytes of an array.
  public static func parse(
    _ bytes: [UInt8], maximumDepth: Int = 64
  ) throws(JSONError) -> JSONDocument {
    try bytes.span.withUnsafeBytes { (raw) throws(JSONError) in
      try parse(raw, maximumDepth: maximumDepth)
    }
  }

  /// The text's value.
  public var root: JSONElement { JSONElement(document: self, place: JSONTape.root) }

  /// The slow way: the grammar says what is wrong, or gives a text that simdjson reads rightly.
  ///
  /// simdjson counts no level for an empty array and stops at the limit itself, so its limit is
  /// one more here, where the grammar has counted, and a text at the very limit comes this way.
  private static func parseByGrammar(
    _ bytes: UnsafeRawBufferPointer, maximumDepth: Int
  ) throws(JSONError) -> JSONDocument {
    var grammar = JSONGrammar(bytes, maximumDepth: maximumDepth)
    try grammar.check()
    let text = grammar.rewritten(padding: padding)
    let tape = try text.span.withUnsafeBytes { (raw) throws(JSONError) -> JSONTape? in
      try Self.tape(
        UnsafeRawBufferPointer(rebasing: raw.dropLast(padding)), readablePastEnd: padding,
        maximumDepth: maximumDepth + 1)
    }
    guard let tape else { throw .syntax(offset: 0, reason: "the text is not taken") }
    return try checked(tape)
  }

  private static func checked(_ tape: JSONTape) throws(JSONError) -> JSONDocument {
    let document = JSONDocument(tape)
    if let duplicate = tape.firstDuplicateKey() {
      throw .duplicateKey(pointer: tape.pointer(to: duplicate))
    }
    return document
  }

  /// simdjson's tape of a text; nil when it refuses the text without saying where.
  private static func tape(
    _ bytes: UnsafeRawBufferPointer, readablePastEnd: Int, maximumDepth: Int
  ) throws(JSONError) -> JSONTape? {
    do throws(JSONTape.Failure) {
      return try JSONTape(bytes, readablePastEnd: readablePastEnd, maximumDepth: maximumDepth)
    } catch {
      switch error {
      case .noMemory: throw .outOfMemory(bytes: bytes.count)
      case .tooLarge: throw .tooLarge(limit: Int(UInt32.max))
      case .refused: return nil
      }
    }
  }
}
