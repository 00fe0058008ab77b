import CSimdjson

/// simdjson's tape: one word per scalar (two for numbers), an opening and a closing word per array
/// and object. Wraps the C document and does nothing else.
///
/// Invariant behind `@unchecked Sendable` and the raw pointers: the document is complete before
/// `init` returns, nothing writes to it afterwards, and it is freed with this object only; every
/// index that callers use comes from the tape itself, which simdjson closes properly.
final class JSONTape: @unchecked Sendable {
  /// The upper byte of a tape word.
  enum Mark {
    static let arrayStart = UInt8(ascii: "[")
    static let arrayEnd = UInt8(ascii: "]")
    static let objectStart = UInt8(ascii: "{")
    static let objectEnd = UInt8(ascii: "}")
    static let string = UInt8(ascii: "\"")
    static let integer = UInt8(ascii: "l")
    static let unsigned = UInt8(ascii: "u")
    static let double = UInt8(ascii: "d")
    static let yes = UInt8(ascii: "t")
    static let no = UInt8(ascii: "f")
    static let null = UInt8(ascii: "n")
  }

  /// Why there is no tape.
  enum Failure: Error {
    case noMemory, tooLarge, refused
  }

  private let document: OpaquePointer
  private let words: UnsafePointer<UInt64>
  private let texts: UnsafePointer<UInt8>

  /// Parses; `readablePastEnd` bytes behind the text may be read.
  init(
    _ bytes: UnsafeRawBufferPointer, readablePastEnd: Int, maximumDepth: Int
  ) throws(Failure) {
    var document: OpaquePointer?
    let status = mq_json_parse(
      bytes.assumingMemoryBound(to: UInt8.self).baseAddress, bytes.count, readablePastEnd,
      maximumDepth, &document)
    guard let document else {
      switch status {
      case MQ_JSON_NO_MEMORY: throw .noMemory
      case MQ_JSON_TOO_LARGE: throw .tooLarge
      default: throw .refused
      }
    }
    self.document = document
    words = mq_json_tape(document)
    texts = mq_json_strings(document)
  }

  deinit {
    mq_json_free(document)
  }

  /// The place of the text's one value.
  static let root = 1

  /// The kind of word at a place.
  func mark(_ place: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: words[place] >> 56)
  }

  /// The place behind the value at a place.
  func after(_ place: Int) -> Int {
    switch mark(place) {
    case Mark.arrayStart, Mark.objectStart: Int(UInt32(truncatingIfNeeded: words[place]))
    case Mark.integer, Mark.unsigned, Mark.double: place + 2
    default: place + 1
    }
  }

  func integer(_ place: Int) -> Int64 { Int64(bitPattern: words[place + 1]) }
  func unsigned(_ place: Int) -> UInt64 { words[place + 1] }
  func double(_ place: Int) -> Double { Double(bitPattern: words[place + 1]) }

  /// The bytes of the string at a place, valid while the tape lives.
  func text(_ place: Int) -> UnsafeBufferPointer<UInt8> {
    let offset = Int(words[place] & 0x00ff_ffff_ffff_ffff)
    let length = UnsafeRawPointer(texts + offset).loadUnaligned(as: UInt32.self)
    return UnsafeBufferPointer(start: texts + offset + 4, count: Int(length))
  }

  func string(_ place: Int) -> String {
    String(decoding: text(place), as: UTF8.self)
  }

  /// The words themselves, for loops over many numbers.
  func withWords<R, E: Error>(
    _ body: (UnsafePointer<UInt64>) throws(E) -> R
  ) throws(E) -> R {
    defer { withExtendedLifetime(self) {} }
    return try body(words)
  }
}
