import JSON
import Tensors
import TestSupport
import Testing

@Suite struct JSONTensorTests {
  private func read(
    _ text: String, limits: TensorLimits = .standard, allowingNull: Bool = false
  ) throws -> Tensor {
    let document = try JSONDocument.parse(Array(text.utf8))
    return try JSONTensor.read(document.root, limits: limits, allowingNull: allowingNull)
  }

  private func object(_ type: String, _ shape: String, _ data: String) -> String {
    "{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data\":\"\(data)\"}"
  }

  @Test func readsNestedArraysAsFloat64() throws {
    #expect(
      try read("[[1,2.5],[-0,1e-3]]") == Tensor(shape: [2, 2], float64: [1, 2.5, -0.0, 1e-3]))
    #expect(try read("3") == Tensor(shape: [], float64: [3]))
    #expect(try read("[]") == Tensor(shape: [0], float64: []))
    let missing = try read("[[1,null]]", allowingNull: true)
    #expect(missing.firstNonFinite() == [0, 1])
  }

  @Test func refusesRaggedArraysAndOtherValues() {
    #expect(
      throws: TensorError.notNumbers(
        .ragged(pointer: JSONPointer(["1"]), expected: 2, actual: 1))
    ) { try read("[[1,2],[3]]") }
    let error = #expect(throws: TensorError.self) { try read("[1,\"x\"]") }
    #expect(error?.pointer == JSONPointer(["1"]))
    #expect(error?.category == .invalid)
    #expect(throws: TensorError.notNumbers(.null(pointer: JSONPointer(["0"])))) {
      try read("[null]")
    }
  }

  @Test func readsTheObjectForm() throws {
    #expect(
      try read(object("F32", "[1,2]", "AACAPwAAAMA=")) == Tensor(shape: [1, 2], float32: [1, -2]))
    #expect(try read(object("U8", "[1]", "/w==")) == Tensor(shape: [1], uint8: [255]))
    #expect(try read(object("U8", "[2]", "+/8=")) == Tensor(shape: [2], uint8: [251, 255]))
    #expect(try read(object("I64", "[0,3]", "")) == Tensor(shape: [0, 3], int64: []))
    #expect(try read(object("F64", "[]", "AAAAAAAAHUA=")) == Tensor(shape: [], float64: [7.25]))
    // An escaped slash is the same text.
    #expect(try read(object("U8", "[1]", "\\/w==")) == Tensor(shape: [1], uint8: [255]))
  }

  @Test(arguments: [
    ("A", 1), ("AA", 2), ("AAA", 3), ("AAAAA", 5), ("AA=A", 2), ("=AAA", 0), ("====", 0),
    ("A===", 1), ("AAAA====", 4), ("AA==AAAA", 2), ("AAAA\\n", 5), ("AA A", 2), ("AA-_", 2),
    ("AA=\\n", 2),
    ("AB==", 1), ("AAB=", 2), ("AAA\u{e9}AAA", 3), ("AAAAAA=A", 6), ("\\u0000AAA", 0),
    (" AAAA===", 0),
  ])
  func refusesWhatIsNotBase64(_ data: String, _ offset: Int) {
    #expect(
      throws: TensorError.badBase64(pointer: JSONPointer(["data"]), offset: offset), "\(data)"
    ) { try read(object("U8", "[3]", data)) }
  }

  @Test(arguments: [
    ("{}", "", "belong in it"), ("{\"dtype\":\"F32\",\"shape\":[]}", "", "belong in it"),
    ("{\"dtype\":1}", "/dtype", "an integer"), ("{\"shape\":3}", "/shape", "an integer"),
    ("{\"shape\":[1,-1]}", "/shape/1", "from 0 up"), ("{\"shape\":[1.5]}", "/shape/0", "from 0 up"),
    ("{\"shape\":[\"1\"]}", "/shape/0", "from 0 up"), ("{\"data\":[1]}", "/data", "an array"),
    ("{\"dtypes\":\"F32\"}", "/dtypes", "no such member"),
  ])
  func refusesABadObject(_ text: String, _ pointer: String, _ reason: String) {
    let error = #expect(throws: TensorError.self) { try read(text) }
    guard case .badObject(let actual, let why) = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
    #expect(actual.description == pointer)
    #expect(why.contains(reason))
  }

  @Test func refusesWhatDoesNotFitTheObject() {
    #expect(throws: TensorError.unsupportedType("C64")) { try read(object("C64", "[]", "")) }
    #expect(throws: TensorError.unsupportedType("<f4")) { try read(object("<f4", "[]", "")) }
    #expect(throws: TensorError.wrongByteCount(shape: [2], expected: 8, actual: 3)) {
      try read(object("F32", "[2]", "AAAA"))
    }
    #expect(throws: TensorError.badBoolean(index: [1])) { try read(object("BOOL", "[3]", "AQIB")) }
    #expect(throws: TensorError.tooManyElements(limit: 2, shape: [3])) {
      try read("[1,2,3]", limits: TensorLimits(elements: 2))
    }
    #expect(throws: TensorError.tooManyElements(limit: 2, shape: [3])) {
      try read(object("U8", "[3]", "AAAA"), limits: TensorLimits(elements: 2))
    }
    #expect(throws: TensorError.decodedTooLarge(limit: 2)) {
      try read(object("U8", "[3]", "AAAA"), limits: TensorLimits(decodedBytes: 2))
    }
    #expect(throws: TensorError.tooManyDimensions(limit: 1, actual: 2)) {
      try read(object("U8", "[1,3]", "AAAA"), limits: TensorLimits(rank: 1))
    }
  }

  @Test func everyTensorComesBackFromBase64() throws {
    for tensor in try TensorSamples.all() {
      var writer = JSONWriter()
      JSONTensor.writeBase64(tensor, to: &writer)
      let document = try JSONDocument.parse(writer.finish())
      #expect(try JSONTensor.read(document.root) == tensor)
    }
    for count in [3071, 3072, 3073, 6144, 10000] {
      let tensor = try TensorSamples.tensor(.uint8, [count], seed: UInt64(count))
      var writer = JSONWriter()
      JSONTensor.writeBase64(tensor, to: &writer)
      #expect(try JSONTensor.read(JSONDocument.parse(writer.finish()).root) == tensor)
    }
  }

  @Test func everyTensorComesBackFromNestedArrays() throws {
    for tensor in try TensorSamples.all() where tensor.elementType != .bool {
      var writer = JSONWriter()
      JSONTensor.write(tensor, to: &writer)
      let back = try JSONTensor.read(JSONDocument.parse(writer.finish()).root)
      guard tensor.count > 0 else { continue }
      #expect(back.shape == tensor.shape)
      #expect(back.float64Values() == tensor.float64Values())
    }
  }

  @Test func writesEachTypeInItsOwnWay() throws {
    func text(_ tensor: Tensor) -> String {
      var writer = JSONWriter()
      JSONTensor.write(tensor, to: &writer)
      return String(decoding: writer.finish(), as: UTF8.self)
    }
    #expect(text(Tensor(shape: [2], float64: [0.1, .nan])) == "[0.1,null]")
    #expect(text(Tensor(shape: [1, 1], float32: [0.1])) == "[[0.1]]")
    #expect(
      text(try Tensor(shape: [1], float64: [0.1]).converted(to: .float16)) == "[0.099975586]")
    #expect(text(Tensor(shape: [], int64: [.min])) == "-9223372036854775808")
    #expect(text(Tensor(shape: [2, 0], int32: [])) == "[[],[]]")
    #expect(
      text(try Tensor(shape: [2], float64: [1, 0]).converted(to: .bool)) == "[true,false]")
    let columns = try Tensor(
      elementType: .uint8, shape: [2, 2], bytes: SharedBytes([1, 3, 2, 4]), order: .columnMajor)
    #expect(text(columns) == "[[1,2],[3,4]]")
  }
}
