import JSON
import TestSupport
import Testing

@Suite struct JSONDocumentTests {
  @Test(arguments: RefusedText.all) func refusesWithOffsetAndReason(_ refused: RefusedText) {
    let error = #expect(throws: JSONError.self) { try JSONValue.parse(refused.text) }
    guard case .syntax(let offset, let reason) = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
    #expect(offset == refused.offset)
    #expect(reason.contains(refused.reason), "\(reason)")
    #expect(error?.description == "Not JSON at byte \(offset): \(reason).")
  }

  /// The same text inside a long one, so that every vector width and block border is met.
  @Test(arguments: RefusedText.numbers + RefusedText.words)
  func refusesTheSameBehindMuchText(_ refused: RefusedText) {
    for length in [60, 61, 62, 63, 64, 4090, 4095, 4096] {
      let text = "[\"" + String(repeating: "x", count: length) + "\"," + refused.text + "]"
      #expect(throws: JSONError.self, "\(length)") { try JSONValue.parse(text) }
    }
  }

  @Test(arguments: [
    "null", "true", "false", "0", "-0", "-0.0", "0.0", "0e0", "0E+5", "-1", "1.5e-3", "1E40",
    "\"\"", "\"a\"", "[]", "{}", "[[]]", "[{}]", " [ ] ", "\t{\r\n}\n", "[null]", "[1 , 2]",
    "{\"\":0}", "{\"a\":{\"a\":{\"a\":[]}}}", "{\"\\u0000\":\"\\u0000\"}", "\"\u{7f}\"",
    "\"\u{2028}\u{2029}\"", "\"\u{10ffff}\"", "\"\\u0041\\/\\b\\f\\n\\r\\t\\\\\\\"\"",
    "\"\\ud83d\\ude00\"", "\"\\\\ud800\"", "\"\\uFFFF\\ufffe\"", "\"-0\"", "\"x-0 \\\"-0,\"",
    "[-0]", "[-0,1]", "{\"a\":-0}", "\"2026-01-02\"", "[123456789012345678901234567890]",
    "[-123456789012345678901234567890]", "\"\u{feff}\"",
  ])
  func takesWellFormedTexts(_ text: String) throws {
    let value = try JSONValue.parse(text)
    #expect(try JSONValue.parse(value.serialized()) == value)
  }

  @Test(
    arguments: [
      ([0xff], 0), ([0x22, 0x80, 0x22], 1), ([0x22, 0xc3, 0x22], 1), ([0x22, 0xc0, 0xaf, 0x22], 1),
      ([0x22, 0xed, 0xa0, 0x80, 0x22], 1), ([0x22, 0xf4, 0x90, 0x80, 0x80, 0x22], 1),
      ([0x22, 0xf5, 0x80, 0x80, 0x80, 0x22], 1), ([0x22, 0x61, 0xe2, 0x82, 0x22], 2),
      ([0x5b, 0x31, 0x5d, 0xff], 3), ([0xff, 0xfe, 0x31, 0x00], 0),
    ] as [([UInt8], Int)])
  func refusesInvalidUTF8(_ bytes: [UInt8], _ offset: Int) {
    #expect(throws: JSONError.notUTF8(offset: offset)) { try JSONValue.parse(bytes) }
  }

  @Test func refusesADuplicateKeyWithItsPointer() {
    #expect(throws: JSONError.duplicateKey(pointer: JSONPointer(["a", "1", "x/y"]))) {
      try JSONValue.parse(#"{"a":[0,{"x/y":1,"z":2,"x\/y":3}],"b":1}"#)
    }
    #expect(throws: JSONError.duplicateKey(pointer: JSONPointer([""]))) {
      try JSONValue.parse(#"{"":1,"":2}"#)
    }
    // The same key, once escaped.
    #expect(throws: JSONError.duplicateKey(pointer: JSONPointer(["é"]))) {
      try JSONValue.parse(#"{"é":1,"\u00e9":2}"#)
    }
  }

  @Test(arguments: [2, 15, 16, 17, 18, 1000]) func findsADuplicateAmongManyKeys(_ count: Int) {
    let names = (0..<count - 1).map { "k\($0)" } + ["k\(count / 2 - 1)"]
    let text = "{" + names.map { "\"\($0)\":[]" }.joined(separator: ",") + "}"
    #expect(throws: JSONError.duplicateKey(pointer: JSONPointer(["k\(count / 2 - 1)"]))) {
      try JSONValue.parse(text)
    }
    let unique = "{" + (0..<count).map { "\"k\($0)\":0" }.joined(separator: ",") + "}"
    #expect(throws: Never.self) { try JSONValue.parse(unique) }
  }

  @Test func takesKeysThatDifferInCodePointsOnly() throws {
    let value = try JSONValue.parse("{\"\u{e9}\":1,\"e\u{301}\":2}")
    #expect(value.objectValue?.count == 2)
    #expect(value["\u{e9}"] == 1)
    #expect(value["e\u{301}"] == 2)
  }

  @Test func takesSixtyFourLevelsAndRefusesOneMore() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try JSONValue.parse(nested(64))
    #expect(throws: JSONError.tooDeep(limit: 64)) { try JSONValue.parse(nested(65)) }
    func object(_ depth: Int) -> String {
      String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
    }
    _ = try JSONValue.parse(object(64))
    #expect(throws: JSONError.tooDeep(limit: 64)) { try JSONValue.parse(object(65)) }
    _ = try JSONValue.parse(nested(3), maximumDepth: 3)
    #expect(throws: JSONError.tooDeep(limit: 3)) { try JSONValue.parse(nested(4), maximumDepth: 3) }
    _ = try JSONValue.parse("[1]", maximumDepth: 1)
    _ = try JSONValue.parse("[]", maximumDepth: 1)
    #expect(throws: JSONError.tooDeep(limit: 1)) { try JSONValue.parse("[[]]", maximumDepth: 1) }
    // A scalar takes no level.
    _ = try JSONValue.parse("[[[-0]]]", maximumDepth: 3)
  }

  @Test(arguments: ["[", "{\"a\":", "[{\"\":"]) func survivesAMegabyteOfOpenings(_ unit: String) {
    let text = String(repeating: unit, count: 1 << 20)
    #expect(throws: JSONError.tooDeep(limit: 64)) { try JSONValue.parse(text) }
  }

  @Test func refusesNumbersBeyondDouble() {
    for (text, offset, tokens) in [
      ("1e400", 0, []), ("[1,-1e309]", 3, ["1"]),
      ("{\"a\":[[1],[1e999999999999]]}", 11, ["a", "1", "0"]),
      ("[0,1.8e308]", 3, ["1"]), ("[" + String(repeating: "9", count: 310) + "]", 1, ["0"]),
      ("{\"\\u00e9\\n\":1e400}", 12, ["é\n"]),
    ] {
      #expect(
        throws: JSONError.numberOutOfRange(offset: offset, pointer: JSONPointer(tokens))
      ) { try JSONValue.parse(text) }
    }
  }

  @Test(
    arguments: [
      ("1.7976931348623157e308", Double.greatestFiniteMagnitude),
      ("4.9e-324", .leastNonzeroMagnitude),
      ("2.4703282292062327e-324", 0), ("1e-400", 0), ("0e999999999", 0), ("-0", -0.0),
      ("-0.0", -0.0),
      ("-1e-400", -0.0), ("0.1", 0.1), ("9007199254740993.0", 9_007_199_254_740_992),
      ("18446744073709551615", 18_446_744_073_709_551_616),
      ("18446744073709551616", 18_446_744_073_709_551_616),
      ("9223372036854775808", 9_223_372_036_854_775_808),
      ("-9223372036854775809", -9_223_372_036_854_775_808),
      ("100000000000000000000000", 1e23), ("99999999999999999999999", 1e23),
      ("179769313486231570000000000000000000000e270", 1.7976931348623157e308),
      (
        "2.22507385850720113605740979670913197593481954635164564e-308",
        Double(bitPattern: 0xf_ffff_ffff_ffff)
      ),
    ] as [(String, Double)])
  func roundsNumbersToNearest(_ text: String, _ expected: Double) throws {
    for text in [text, "[\(text)]"] {
      let value = try JSONValue.parse(text)
      #expect((value[0] ?? value) == .number(expected))
      let number = try #require((value[0] ?? value).doubleValue)
      #expect(number.bitPattern == expected.bitPattern)
    }
  }

  @Test(
    arguments: [
      ("0", 0), ("-1", -1), ("9223372036854775807", .max), ("-9223372036854775808", .min),
      ("9007199254740993", 9_007_199_254_740_993),
    ] as [(String, Int64)])
  func keepsIntegersOfInt64(_ text: String, _ expected: Int64) throws {
    #expect(try JSONValue.parse(text) == .integer(expected))
  }

  @Test func roundsLongIntegersAsSwiftDoes() throws {
    var generator = SplitMix64(seed: 7)
    for _ in 0..<2000 {
      let count = Int.random(in: 17...60, using: &generator)
      var text = (0..<count).map { _ in String(Int.random(in: 0...9, using: &generator)) }.joined()
      text = (Bool.random(using: &generator) ? "-1" : "2") + text
      let expected = try #require(Double(text))
      let value = try #require(try JSONValue.parse("[\(text)]")[0]?.doubleValue)
      #expect(value == expected, "\(text)")
    }
  }

  @Test func readsDecimalsAsSwiftDoes() throws {
    var generator = SplitMix64(seed: 8)
    for _ in 0..<5000 {
      let value = Double(bitPattern: generator.next())
      guard value.isFinite else { continue }
      let digits = Int.random(in: 1...25, using: &generator)
      let text = (0..<digits).map { _ in String(Int.random(in: 0...9, using: &generator)) }.joined()
      let long = "1.\(text)e\(Int.random(in: -330...306, using: &generator))"
      for text in ["\(value)", long] {
        #expect(try JSONValue.parse(text).doubleValue == Double(text), "\(text)")
      }
    }
  }

  @Test func clipsLongKeysInPointers() throws {
    // 255 bytes and then a character of two: cut before it.
    let key = String(repeating: "k", count: 255) + "é" + String(repeating: "x", count: 100_000)
    let clipped = JSONPointer([String(repeating: "k", count: 255) + "…"])
    #expect(throws: JSONError.duplicateKey(pointer: clipped)) {
      try JSONValue.parse("{\"\(key)\":1,\"\(key)\":2}")
    }
    #expect(throws: JSONError.numberOutOfRange(offset: 4 + key.utf8.count, pointer: clipped)) {
      try JSONValue.parse("{\"\(key)\":1e400}")
    }
    let whole = String(repeating: "k", count: 254) + "é"
    #expect(throws: JSONError.duplicateKey(pointer: JSONPointer([whole]))) {
      try JSONValue.parse("{\"\(whole)\":1,\"\(whole)\":2}")
    }
  }

  @Test func needsNoPadding() throws {
    // The text ends where a page that cannot be read begins.
    let text = Array("[1,2,{\"a\":\"b\"}]".utf8)
    try Pages.withGuarded(text) { raw in
      let value = try JSONDocument.parse(raw).root.value()
      #expect(value == [1, 2, ["a": "b"]])
    }
  }

  @Test func takesPaddingOfAnyContent() throws {
    let text = Array("[1,2,3]".utf8)
    for filler: UInt8 in [0, 0x20, 0x31, 0x22, 0x5d, 0xff] {
      let bytes = text + Array(repeating: filler, count: JSONDocument.padding)
      let value = try bytes.withUnsafeBytes { raw in
        try JSONDocument.parse(
          UnsafeRawBufferPointer(rebasing: raw[..<text.count]),
          readablePastEnd: JSONDocument.padding
        ).root.value()
      }
      #expect(value == [1, 2, 3], "\(filler)")
    }
    for filler: UInt8 in [0x30, 0x31, 0x2e, 0x65] {
      // A number at the very end must not run on into the padding.
      let bytes = Array("12".utf8) + Array(repeating: filler, count: JSONDocument.padding)
      let value = try bytes.withUnsafeBytes { raw in
        try JSONDocument.parse(
          UnsafeRawBufferPointer(rebasing: raw[..<2]), readablePastEnd: JSONDocument.padding
        ).root.value()
      }
      #expect(value == 12, "\(filler)")
    }
  }
}
