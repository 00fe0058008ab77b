import JSON
import TestSupport
import Testing

@Suite struct JSONNumbersTests {
  private func numbers(
    _ text: String, allowingNull: Bool = false
  ) throws -> (shape: [Int], values: [Double]) {
    try JSONDocument.parse(Array(text.utf8)).root.numbers(allowingNull: allowingNull)
  }

  @Test(
    arguments: [
      ("5", [], [5]), ("[]", [0], []), ("[[]]", [1, 0], []), ("[[],[]]", [2, 0], []),
      ("[[[]],[[]]]", [2, 1, 0], []), ("[1]", [1], [1]), ("[[1]]", [1, 1], [1]),
      ("[1,2.5,-3e2]", [3], [1, 2.5, -300]), ("[[1,2,3],[4,5,6]]", [2, 3], [1, 2, 3, 4, 5, 6]),
      ("[[[1],[2]],[[3],[4]],[[5],[6]]]", [3, 2, 1], [1, 2, 3, 4, 5, 6]),
      ("[9223372036854775808,-9223372036854775808]", [2], [0x1p63, -0x1p63]),
      ("[18446744073709551616,9007199254740993]", [2], [0x1p64, 0x1p53]),
    ] as [(String, [Int], [Double])])
  func readsNestedArrays(_ text: String, _ shape: [Int], _ values: [Double]) throws {
    let result = try numbers(text)
    #expect(result.shape == shape)
    #expect(result.values == values)
  }

  @Test func keepsTheSignOfZero() throws {
    let result = try numbers("[-0,0,-0.0]")
    #expect(result.values.map(\.sign) == [.minus, .plus, .minus])
  }

  @Test(
    arguments: [
      ("[[1,2],[3]]", .ragged(pointer: JSONPointer(["1"]), expected: 2, actual: 1)),
      ("[[1],[2],[3],[4,5]]", .ragged(pointer: JSONPointer(["3"]), expected: 1, actual: 2)),
      ("[[1],[]]", .ragged(pointer: JSONPointer(["1"]), expected: 1, actual: 0)),
      ("[[],[1]]", .ragged(pointer: JSONPointer(["1"]), expected: 0, actual: 1)),
      (
        "[[[1],[2]],[[3]]]", .ragged(pointer: JSONPointer(["1"]), expected: 2, actual: 1)
      ),
      (
        "[[[1],[2]],[[3],[4,5]]]",
        .ragged(pointer: JSONPointer(["1", "1"]), expected: 1, actual: 2)
      ),
      ("[[1],2]", .expectedArray(pointer: JSONPointer(["1"]))),
      ("[[[1]],[2]]", .expectedArray(pointer: JSONPointer(["1", "0"]))),
      ("[1,[2]]", .expectedNumber(pointer: JSONPointer(["1"]))),
      ("[1,[]]", .expectedNumber(pointer: JSONPointer(["1"]))),
      ("[[1,[2]]]", .expectedNumber(pointer: JSONPointer(["0", "1"]))),
      ("[[],[[]]]", .expectedNumber(pointer: JSONPointer(["1", "0"]))),
      ("[1,\"2\"]", .notANumber(pointer: JSONPointer(["1"]), kind: .string)),
      ("[[1,2],[3,\"x\"]]", .notANumber(pointer: JSONPointer(["1", "1"]), kind: .string)),
      ("[[1],\"x\"]", .notANumber(pointer: JSONPointer(["1"]), kind: .string)),
      ("[[1],{}]", .notANumber(pointer: JSONPointer(["1"]), kind: .object)),
      ("[true]", .notANumber(pointer: JSONPointer(["0"]), kind: .bool)),
      ("[1,null]", .null(pointer: JSONPointer(["1"]))),
      ("[[1],null]", .null(pointer: JSONPointer(["1"]))),
      ("null", .null(pointer: .root)),
      ("\"x\"", .notANumber(pointer: .root, kind: .string)),
      ("{}", .notANumber(pointer: .root, kind: .object)),
      ("true", .notANumber(pointer: .root, kind: .bool)),
    ] as [(String, JSONNumbersError)])
  func refusesWithThePointerOfTheOffender(_ text: String, _ error: JSONNumbersError) {
    #expect(throws: error) { try numbers(text) }
    #expect(!error.description.isEmpty)
  }

  @Test func pointsFromTheRootOfTheText() throws {
    let text = #"{"params":{"x":[1,2]},"inputs":{"gradient":[[1,2],[3,4],[5,6],[7]]}}"#
    let document = try JSONDocument.parse(Array(text.utf8))
    let gradient = try #require(document.root["inputs"]?["gradient"])
    let error = #expect(throws: JSONNumbersError.self) { try gradient.numbers() }
    #expect(error?.pointer.description == "/inputs/gradient/3")
    #expect(
      error?.description
        == "The row at /inputs/gradient/3 has 1 elements; the rows before it have 2.")
  }

  @Test func takesNullForMissingWhereAllowed() throws {
    let result = try numbers("[[1,null],[null,4]]", allowingNull: true)
    #expect(result.shape == [2, 2])
    #expect(result.values.map(\.isNaN) == [false, true, true, false])
    let all = try numbers("[null,null,null]", allowingNull: true)
    #expect(all.values.count == 3)
    #expect(try numbers("null", allowingNull: true).shape == [])
    #expect(throws: JSONNumbersError.null(pointer: JSONPointer(["1"]))) {
      try numbers("[[1],null]", allowingNull: true)
    }
    #expect(throws: JSONNumbersError.notANumber(pointer: JSONPointer(["0"]), kind: .string)) {
      try numbers("[\"NaN\"]", allowingNull: true)
    }
  }

  /// More elements than the 24 bits in which simdjson counts them.
  @Test func readsARowOfMoreThanSixteenMillionElements() throws {
    let count = 0x100_0000 + 3
    var text = Array(repeating: UInt8(ascii: "7"), count: 2 * count + 1)
    for place in stride(from: 2, to: 2 * count, by: 2) { text[place] = UInt8(ascii: ",") }
    text[0] = UInt8(ascii: "[")
    text[2 * count] = UInt8(ascii: "]")
    let result = try JSONDocument.parse(text).root.numbers()
    #expect(result.shape == [count])
    #expect(result.values.allSatisfy { $0 == 7 })
  }

  @Test func agreesWithTheTree() throws {
    var generator = SplitMix64(seed: 3)
    for _ in 0..<300 {
      let shape = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
        Int.random(in: 0...4, using: &generator)
      }
      var flat: [Double] = []
      func build(_ depth: Int) -> JSONValue {
        guard depth < shape.count else {
          let value = Double(Int.random(in: -99...99, using: &generator)) / 8
          flat.append(value)
          return Bool.random(using: &generator) && value == value.rounded()
            ? .integer(Int64(value)) : .number(value)
        }
        return .array((0..<shape[depth]).map { _ in build(depth + 1) })
      }
      let tree = build(0)
      // Lengths behind a zero are not written, so they cannot be read.
      let visible = shape.firstIndex(of: 0).map { Array(shape[...$0]) } ?? shape
      let result = try JSONDocument.parse(tree.serialized()).root.numbers()
      #expect(result.shape == visible)
      #expect(result.values == flat)
    }
  }
}
