import JSON
import TestSupport
import Testing

@Suite struct JSONWriterTests {
  private func text(_ body: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter()
    body(&writer)
    return String(decoding: writer.finish(), as: UTF8.self)
  }

  @Test func placesCommasAndColons() {
    let result = text { writer in
      writer.object { writer in
        writer.key("a")
        writer.array { writer in
          writer.integer(1)
          writer.beginObject()
          writer.endObject()
          writer.null()
          writer.array { _ in }
        }
        writer.member("b", true)
        writer.key("c")
        writer.raw("[1]".utf8)
        writer.key("d")
        writer.string("x")
      }
    }
    #expect(result == #"{"a":[1,{},null,[]],"b":true,"c":[1],"d":"x"}"#)
  }

  @Test func escapesOnlyWhatMustBe() {
    let controls = String(String.UnicodeScalarView((0..<0x20).compactMap { Unicode.Scalar($0) }))
    let expected =
      #""\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f"#
      + #"\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d"#
      + #"\u001e\u001f""#
    #expect(text { $0.string(controls) } == expected)
    #expect(text { $0.string("\"\\/\u{7f}\u{2028}é😀<>&'") } == "\"\\\"\\\\/\u{7f}\u{2028}é😀<>&'\"")
    #expect(text { $0.object { $0.member("a\"\n", nil) } } == #"{"a\"\n":null}"#)
  }

  @Test func everyScalarComesBack() throws {
    for value in stride(from: 0 as UInt32, through: 0x10ffff, by: 7) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let string = "a\(Character(scalar))"
      let back = try JSONValue.parse(text { $0.string(string) })
      #expect(back.stringValue?.unicodeScalars.elementsEqual(string.unicodeScalars) == true)
    }
  }

  @Test(
    arguments: [
      (1.0, "1.0"), (-1.0, "-1.0"), (0.0, "0.0"), (-0.0, "-0.0"), (0.1, "0.1"), (100, "100.0"),
      (123456.789, "123456.789"), (1e20, "100000000000000000000.0"), (1e21, "1e+21"),
      (1.5e21, "1.5e+21"), (1e-6, "0.000001"), (1e-7, "1e-7"), (1.25e-7, "1.25e-7"),
      (.nan, "null"), (.infinity, "null"), (-.infinity, "null"),
      (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (.leastNonzeroMagnitude, "5e-324"),
      (0x1p53, "9007199254740992.0"), (2.0 / 3, "0.6666666666666666"),
    ] as [(Double, String)])
  func writesDoublesInTheShortestForm(_ value: Double, _ expected: String) {
    #expect(text { $0.number(value) } == expected)
  }

  @Test(
    arguments: [
      (0.1, "0.1"), (1, "1.0"), (16_777_216, "16777216.0"), (3.4028235e38, "3.4028235e+38"),
      (1.1754944e-38, "1.1754944e-38"), (.nan, "null"), (-0.0, "-0.0"), (1e-7, "1e-7"),
    ] as [(Float, String)])
  func writesFloatsWithTheirOwnDigits(_ value: Float, _ expected: String) {
    #expect(text { $0.number(value) } == expected)
  }

  /// Swift prints the shortest digits too, by another algorithm and in another layout.
  @Test func digitsAreAsFewAsSwifts() throws {
    var generator = SplitMix64(seed: 11)
    func digits(_ text: String) -> Substring.UnicodeScalarView {
      let mantissa = text.unicodeScalars.prefix { $0 != "e" }.filter { ("0"..."9").contains($0) }
      let kept = String(String.UnicodeScalarView(mantissa.drop { $0 == "0" }))
      var view = Substring(kept).unicodeScalars
      while view.last == "0" { view.removeLast() }
      return view
    }
    for round in 0..<20_000 {
      // All bit patterns, and numbers with few decimals, which have their own fast way.
      let places = [1.0, 1e1, 1e3, 1e6, 1e8, 1e-3][round % 6]
      let value =
        round % 2 == 0
        ? Double(bitPattern: generator.next())
        : Double(Int64.random(in: -1_000_000_000...1_000_000_000, using: &generator)) / places
      guard value.isFinite else { continue }
      let written = text { $0.number(value) }
      #expect(Double(written)?.bitPattern == value.bitPattern, "\(value) \(written)")
      #expect(digits(written).elementsEqual(digits("\(value)")), "\(value) \(written)")
      let single = Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
      guard single.isFinite else { continue }
      let short = text { $0.number(single) }
      #expect(Float(short)?.bitPattern == single.bitPattern)
      #expect(digits(short).elementsEqual(digits("\(single)")), "\(single) \(short)")
    }
  }

  @Test(
    arguments: [
      ([], "1.0"), ([1], "[1.0]"), ([1, 1], "[[1.0]]"), ([0], "[]"), ([2, 0], "[[],[]]"),
      ([0, 2], "[]"), ([2, 2], "[[1.0,2.0],[3.0,4.0]]"), ([2, 1, 2], "[[[1.0,2.0]],[[3.0,4.0]]]"),
      ([3], "[1.0,2.0,3.0]"),
    ] as [([Int], String)])
  func nestsNumbersByShape(_ shape: [Int], _ expected: String) {
    let values = (0..<shape.reduce(1, *)).map { Double($0 + 1) }
    #expect(
      text { w in values.withUnsafeBufferPointer { w.numbers($0, shape: shape) } } == expected)
  }

  @Test(arguments: [255, 256, 257, 511, 512, 513, 1000]) func writesLongRows(_ count: Int) throws {
    let values = (0..<2 * count).map { $0 % 7 == 0 ? .nan : Double($0) / 3 }
    let written = text { writer in
      values.withUnsafeBufferPointer { writer.numbers($0, shape: [2, count]) }
    }
    let back = try JSONDocument.parse(Array(written.utf8)).root.numbers(allowingNull: true)
    #expect(back.shape == [2, count])
    #expect(zip(back.values, values).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
  }

  @Test func writesIntegersAndBooleans() {
    let integers: [Int64] = [.min, -1, 0, .max]
    #expect(
      text { w in integers.withUnsafeBufferPointer { w.integers($0, shape: [2, 2]) } }
        == "[[-9223372036854775808,-1],[0,9223372036854775807]]")
    let bytes: [UInt8] = [1, 0, 1]
    #expect(
      text { w in bytes.withUnsafeBytes { w.booleans($0, shape: [3]) } } == "[true,false,true]")
    #expect(text { $0.integer(UInt64.max) } == "18446744073709551615")
  }

  @Test func treesComeBackEqual() throws {
    let tree: JSONValue = [
      "a": [1, 2.5, -0.0, nil, true, "x\n\u{1F600}"], "b": ["c": [:], "d": []], "e": 1.0,
    ]
    let back = try JSONValue.parse(tree.serialized())
    #expect(back == tree)
    #expect(back["e"]?.kind == .number)
    #expect(back.serialized() == tree.serialized())
  }
}
