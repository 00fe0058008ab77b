import Tensors
import TestSupport
import Testing

@Suite struct SafetensorsTests {
  static func file(_ header: String, _ data: [UInt8] = []) -> [UInt8] {
    let text = Array(header.utf8)
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text + data
  }

  private func error(_ bytes: [UInt8], _ limits: TensorLimits = .standard) -> TensorError? {
    if case .failure(let error) = outcome({ () throws(TensorError) in
      try Safetensors.read(SharedBytes(bytes), limits: limits)
    }) {
      error
    } else {
      nil
    }
  }

  @Test(arguments: [0, 1, 3]) func readsWhatSafetensorsWrites(_ offset: Int) throws {
    let owner = OwnedBytes([UInt8](hex: GoldenFiles.safetensors), offset: offset)
    let (tensors, metadata) = try Safetensors.read(owner.shared)
    #expect(metadata == ["format": "pt", "note": "é\n"])
    #expect(
      tensors.names == [
        "i64", "f64", "f32", "none", "scalar", "i32", "bf16", "f16", "u8", "bool",
      ])
    #expect(tensors["f64"] == Tensor(shape: [2, 2], float64: [1.5, -2, 0.1, 4]))
    #expect(tensors["f32"] == Tensor(shape: [2], float32: [0.1, .greatestFiniteMagnitude]))
    #expect(tensors["f16"]?.float64Values() == [0.0999755859375, 65504, 0x1p-24])
    #expect(tensors["bf16"]?.float64Values() == [0.10009765625, 3.3895313892515355e38, -1])
    #expect(tensors["i64"] == Tensor(shape: [1, 2], int64: [.min, .max]))
    #expect(tensors["i32"] == Tensor(shape: [2], int32: [-5, .max]))
    #expect(tensors["u8"] == Tensor(shape: [2], uint8: [0, 255]))
    #expect(try tensors["bool"]?.int64Values() == [1, 0, 1])
    #expect(tensors["scalar"] == Tensor(shape: [], float32: [2.5]))
    #expect(tensors["none"] == Tensor(shape: [0, 4], float32: []))
  }

  @Test func everyTensorComesBackInItsOrder() throws {
    var tensors = NamedTensors()
    for (index, tensor) in try TensorSamples.all().enumerated() {
      tensors["t\(index % 7).\(index) \"é\n"] = tensor
    }
    let metadata = ["report": #"{"a":[1,"é\n"]}"#, "": "", "z\u{1}": "\u{1F600}"]
    let bytes = Safetensors.write(tensors, metadata: metadata)
    let back = try Safetensors.read(SharedBytes(bytes))
    #expect(back.tensors == tensors)
    #expect(back.metadata == metadata)
    let header = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect((8 + header) % 64 == 0)
    #expect(Safetensors.write(back.tensors, metadata: back.metadata) == bytes)
    let none = try Safetensors.read(SharedBytes(Safetensors.write(NamedTensors())))
    #expect(none.tensors.isEmpty)
    #expect(none.metadata.isEmpty)
  }

  @Test func placesAreWhereTheDataIs() throws {
    var tensors = NamedTensors()
    for (index, tensor) in try TensorSamples.all().enumerated() { tensors["t\(index)"] = tensor }
    let bytes = Safetensors.write(tensors, metadata: ["report": "{}"])
    let end = try #require(Safetensors.headerEnd(Array(bytes[..<8])))
    let places = try Safetensors.places(Array(bytes[..<end]))
    #expect(places.map(\.name) == tensors.names)
    for place in places {
      let tensor = try #require(tensors[place.name])
      #expect(place.shape == tensor.shape && place.elementType == tensor.elementType)
      #expect(Array(bytes[place.range]) == tensor.withRowMajorBytes { Array($0) })
      guard let preamble = NPY.preamble(of: place.elementType, shape: place.shape) else {
        #expect(place.elementType == .bfloat16)
        continue
      }
      #expect(preamble + bytes[place.range] == NPY.write(tensor))
    }
    #expect(Safetensors.headerEnd([1, 0, 0, 0, 0, 0, 0]) == nil)
    #expect(Safetensors.headerEnd([UInt8](repeating: 255, count: 8)) == nil)
  }

  @Test func writesColumnMajorAndBigEndianAsFilesHaveThem() throws {
    let bytes: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 3, 0, 0, 0, 6]
    let tensor = try Tensor(
      elementType: .int32, shape: [2, 3], bytes: SharedBytes(bytes), order: .columnMajor,
      byteOrder: .big)
    let back = try Safetensors.read(SharedBytes(Safetensors.write(["x": tensor])))
    #expect(back.tensors["x"]?.order == .rowMajor)
    #expect(back.tensors["x"] == Tensor(shape: [2, 3], int32: [1, 2, 3, 4, 5, 6]))
  }

  @Test func takesBlanksAndTensorsOutOfOrder() throws {
    let header = """
      {"b":{"data_offsets":[1,3],"shape":[2],"dtype":"U8"},
       "a":{"dtype":"U8","shape":[],"data_offsets":[0,1]}, "e":{"dtype":"F64","shape":[0],\
      "data_offsets":[3,3]}}   \n
      """
    let (tensors, _) = try Safetensors.read(SharedBytes(Self.file(header, [7, 8, 9])))
    #expect(tensors.names == ["b", "a", "e"])
    #expect(tensors["a"] == Tensor(shape: [], uint8: [7]))
    #expect(tensors["b"] == Tensor(shape: [2], uint8: [8, 9]))
  }

  @Test(arguments: [
    ("", "begin with a brace"), (" {}", "begin with a brace"), ("[]", "begin with a brace"),
    ("{", "the text ends"), ("{}x", "follows"), ("{\"a\":1}", "not an object"),
    ("{\"a\":{}}", "lacks"), ("{\"a\":{\"dtype\":\"U8\",\"shape\":[]}}", "lacks"),
    ("{\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0]}}", "lacks"),
    ("{\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1,2]}}", "more than 2"),
    ("{\"a\":{\"dtype\":\"U8\",\"shape\":[1.5],\"data_offsets\":[0,1]}}", "/a/shape/0"),
    ("{\"a\":{\"dtype\":\"U8\",\"shape\":[1.0],\"data_offsets\":[0,1]}}", "/a/shape/0"),
    ("{\"a\":{\"dtype\":\"U8\",\"shape\":[-1],\"data_offsets\":[0,1]}}", "/a/shape/0"),
    ("{\"a\":{\"dtype\":\"U8\",\"shape\":1,\"data_offsets\":[0,1]}}", "/a/shape"),
    ("{\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[-1,0]}}", "/a/data_offsets/0"),
    ("{\"a\":{\"dtype\":1,\"shape\":[],\"data_offsets\":[0,1]}}", "/a/dtype"),
    ("{\"a\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1],\"x\":1}}", "/a/x"),
    ("{\"a\":{},\"a\":{}}", "there twice"), ("{\"__metadata__\":1}", "not an object"),
    ("{\"__metadata__\":{\"a\":1}}", "/__metadata__/a"),
    ("{\"__metadata__\":{\"a\":null}}", "/__metadata__/a"),
    ("{\"a\":{\"shape\":[99999999999999999999]}}", "/a/shape/0"), ("{\"\u{0}\":{}}", "control"),
  ])
  func refusesABadHeader(_ header: String, _ reason: String) {
    guard case .badHeader(.safetensors, let actual) = error(Self.file(header, [0])) else {
      Issue.record("another error: \(String(describing: error(Self.file(header, [0]))))")
      return
    }
    #expect(actual.contains(reason), "\(actual)")
  }

  @Test(arguments: [
    ([0, 4], [5, 8], "hole"), ([1, 4], [4, 8], "hole"), ([0, 4], [3, 8], "overlaps"),
    ([0, 4], [0, 4], "overlaps"), ([0, 8], [2, 4], "overlaps"),
    ([4, 0], [0, 8], "before it begins"),
  ])
  func refusesHolesAndOverlaps(_ first: [Int], _ second: [Int], _ reason: String) {
    let header = """
      {"a":{"dtype":"U8","shape":[\(max(0, first[1] - first[0]))],"data_offsets":\(first)},\
      "b":{"dtype":"U8","shape":[\(max(0, second[1] - second[0]))],"data_offsets":\(second)}}
      """
    guard case .badOffsets(_, let actual) = error(Self.file(header, Array(repeating: 0, count: 8)))
    else {
      Issue.record("another error")
      return
    }
    #expect(actual.contains(reason))
  }

  @Test func refusesWhatTheFileDoesNotHold() {
    func one(_ type: String, _ shape: String, _ offsets: String) -> String {
      "{\"a\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}}"
    }
    #expect(error([]) == .truncated(format: .safetensors, expected: 8, actual: 0))
    #expect(
      error(Self.file(one("U8", "[2]", "[0,2]"), [0]))
        == .truncated(format: .safetensors, expected: 2, actual: 1))
    #expect(
      error(Self.file(one("U8", "[2]", "[0,2]"), [0, 0, 0]))
        == .surplus(format: .safetensors, count: 1))
    #expect(error(Self.file("{}", [0])) == .surplus(format: .safetensors, count: 1))
    #expect(
      error(Self.file(one("F32", "[2]", "[0,7]"), Array(repeating: 0, count: 7)))
        == .wrongByteCount(shape: [2], expected: 8, actual: 7))
    #expect(
      error(Self.file(one("U8", "[4294967296,4294967296,4294967296]", "[0,1]"), [0]))?.category
        == .tooLarge)
    #expect(
      error(Self.file(one("F64", "[2305843009213693952,8]", "[0,0]")))?.category == .tooLarge)
    #expect(error(Self.file(one("BOOL", "[3]", "[0,3]"), [1, 0, 2])) == .badBoolean(index: [2]))
    for type in ["I16", "U64", "C64", "F8_E4M3", "f32", "", "float32"] {
      #expect(
        error(Self.file(one(type, "[1]", "[0,4]"), [0, 0, 0, 0]))?.category == .unsupportedType)
    }
    var long = [UInt8](repeating: 0xff, count: 8)
    #expect(error(long) == .headerTooLong(limit: 100_000_000, actual: .max))
    long = withUnsafeBytes(of: UInt64(99).littleEndian) { Array($0) }
    #expect(error(long) == .truncated(format: .safetensors, expected: 107, actual: 8))
  }

  @Test func takesTheLimitsAndRefusesOneMore() {
    let header = #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}"#
    let file = Self.file(header, [1, 2, 3])
    #expect(error(file, TensorLimits(elements: 3, tensors: 1, headerBytes: header.count)) == nil)
    #expect(
      error(file, TensorLimits(headerBytes: header.count - 1))
        == .headerTooLong(limit: header.count - 1, actual: header.count))
    #expect(
      error(file, TensorLimits(elements: 2)) == .tooManyElements(limit: 2, shape: [3]))
    #expect(error(file, TensorLimits(tensors: 0)) == .tooManyTensors(limit: 0))
    let name = String(repeating: "n", count: NamedTensors.longestName)
    #expect(error(Self.file(header.replacingName(name), [1, 2, 3])) == nil)
    #expect(
      error(Self.file(header.replacingName(name + "n"), [1, 2, 3]))
        == .nameTooLong(limit: name.count, actual: name.count + 1))
  }

  @Test func everyTruncationIsRefused() {
    let bytes = [UInt8](hex: GoldenFiles.safetensors)
    for length in 0..<bytes.count {
      #expect(error(Array(bytes[..<length])) != nil, "\(length)")
    }
  }

  @Test(arguments: 1...4) func survivesMutatedFiles(_ seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let source = [UInt8](hex: GoldenFiles.safetensors)
    for _ in 0..<2000 {
      let bytes = generator.mutated(source)
      if case .success(let (tensors, _)) = outcome({ () throws(TensorError) in
        try Safetensors.read(SharedBytes(bytes))
      }) {
        for (_, tensor) in tensors { #expect(tensor.float64Values().count == tensor.count) }
      }
    }
  }

  @Test(.enabled(if: SharedFiles.has("data/minilm-grads.safetensors"), "\(SharedFiles.absent)"))
  func readsRealGradientsWithoutACopy() throws {
    let bytes = try #require(SharedFiles.bytes("data/minilm-grads.safetensors"))
    let owner = OwnedBytes(bytes, offset: 0)
    let (tensors, _) = try Safetensors.read(owner.shared)
    #expect(tensors.count == 8)
    let weight = try #require(tensors["encoder.layer.5.intermediate.dense.weight"])
    #expect(weight.shape == [1536, 384])
    #expect(weight.elementType == .float32)
    #expect(weight.firstNonFinite() == nil)
    #expect(tensors["embeddings.word_embeddings.row_ids"]?.elementType == .int32)
    weight.withRowMajorBytes { view in
      let inside = view.baseAddress.map { owner.bytes.contains(address: $0) }
      #expect(inside == true)
    }
    // 71 rows of the embedding are exactly zero (its README).
    let rows = try #require(tensors["embeddings.word_embeddings.weight.rows"])
    let values = rows.float32Values()
    let zeros = (0..<rows.shape[0]).count { row in
      values[row * rows.shape[1]..<(row + 1) * rows.shape[1]].allSatisfy { $0 == 0 }
    }
    #expect(zeros == 71)
    let back = try Safetensors.read(SharedBytes(Safetensors.write(tensors)))
    #expect(back.tensors == tensors)
  }
}

extension String {
  /// This header with another name in place of "a".
  fileprivate func replacingName(_ name: String) -> String {
    "{\"\(name)\"" + dropFirst(4)
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func contains(address: UnsafeRawPointer) -> Bool {
    guard let start = baseAddress else { return false }
    return address >= start && address < start + count
  }
}
