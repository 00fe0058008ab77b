import Tensors
import TestSupport
import Testing

@Suite struct NPYTests {
  /// The values that the golden arrays hold, row-major.
  private static let values: [Character: [Double]] = [
    "f": [1, -2.5, 0.1, 3e4, -0.0, 65504], "u": [0, 1, 2, 127, 128, 255], "b": [1, 0, 1, 0, 0, 1],
  ]

  /// An npy file from its parts.
  static func file(_ header: String, _ data: [UInt8] = [], version: UInt8 = 1) -> [UInt8] {
    let text = Array(header.utf8)
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [version, 0]
    for shift in stride(from: 0, to: version == 1 ? 16 : 32, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: text.count >> shift))
    }
    return bytes + text + data
  }

  private static func header(_ type: String, _ isFortran: Bool, _ shape: String) -> String {
    "{'descr': '\(type)', 'fortran_order': \(isFortran ? "True" : "False"), 'shape': \(shape), }\n"
  }

  @Test(arguments: GoldenFiles.npy.indices) func readsWhatNumpyWrites(_ index: Int) throws {
    let (name, hex) = GoldenFiles.npy[index]
    let type = String(name.prefix(3))
    let bytes = Self.file(
      Self.header(type, name.hasSuffix("F"), "(2, 3)"), [UInt8](hex: hex))
    for offset in [0, 1, 8] {
      let tensor = try NPY.read(OwnedBytes(bytes, offset: offset).shared)
      #expect(tensor.shape == [2, 3])
      if type.contains("i") {
        let expected: [Int64] =
          type.hasSuffix("8")
          ? [1, -2, 3, 9_007_199_254_740_993, .min, .max]
          : [1, -2, 3, 70000, Int64(Int32.min), Int64(Int32.max)]
        #expect(try tensor.int64Values() == expected)
      } else {
        let kind = try #require(type.dropFirst().first)
        let values = try #require(Self.values[kind])
        let expected = try Tensor(shape: [2, 3], float64: values).converted(to: tensor.elementType)
        #expect(tensor == expected)
        #expect(tensor.float64Values().map(\.sign) == values.map(\.sign))
      }
    }
  }

  @Test func readsEveryVersion() throws {
    let expected = Tensor(shape: [2, 2], float32: [1.5, -2, 0.1, 4])
    for hex in [GoldenFiles.version1, GoldenFiles.version2, GoldenFiles.version3] {
      #expect(try NPY.read(SharedBytes([UInt8](hex: hex))) == expected)
    }
    #expect(
      try NPY.read(SharedBytes([UInt8](hex: GoldenFiles.scalar)))
        == Tensor(shape: [], float64: [7.25]))
    #expect(
      try NPY.read(SharedBytes([UInt8](hex: GoldenFiles.empty)))
        == Tensor(shape: [0, 3], int64: []))
  }

  @Test func writesTheBytesOfNumpy() throws {
    let tensor = Tensor(shape: [2, 2], float32: [1.5, -2, 0.1, 4])
    #expect(NPY.write(tensor) == [UInt8](hex: GoldenFiles.version1))
    #expect(NPY.write(Tensor(shape: [], float64: [7.25])) == [UInt8](hex: GoldenFiles.scalar))
    #expect(NPY.write(Tensor(shape: [0, 3], int64: [])) == [UInt8](hex: GoldenFiles.empty))
  }

  @Test func everyTensorComesBack() throws {
    for tensor in try TensorSamples.all() {
      let bytes = NPY.write(tensor)
      #expect((bytes.count - tensor.count * (bytes.isEmpty ? 1 : storedWidth(tensor))) % 64 == 0)
      let back = try NPY.read(SharedBytes(bytes))
      let expected =
        tensor.elementType == .bfloat16 ? try tensor.converted(to: .float32) : tensor
      #expect(back == expected)
    }
  }

  private func storedWidth(_ tensor: Tensor) -> Int {
    tensor.elementType == .bfloat16 ? 4 : tensor.elementType.byteCount
  }

  @Test(arguments: [
    "{'descr':'<f4','fortran_order':False,'shape':(2,)}",
    "{'shape':(2,),'fortran_order':False,'descr':'<f4'}",
    "{\"descr\": \"<f4\", \"fortran_order\": False, \"shape\": (2,)}",
    " { 'shape' : ( 2 , ) , 'descr' : '<f4' ,\n'fortran_order'\t: False , } \n",
    "{'descr': '<f4', 'fortran_order': True, 'shape': (2L,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2,), }",
  ])
  func readsTheHeaderAsPythonDoes(_ header: String) throws {
    let data: [UInt8] = [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]
    for version: UInt8 in 1...3 {
      let tensor = try NPY.read(SharedBytes(Self.file(header, data, version: version)))
      #expect(tensor.float32Values() == [1, -2])
    }
  }

  @Test(arguments: [
    ("", "{ is missing"), ("{", "string is missing"), ("{}", "descr is missing"),
    ("{'descr': '<f4'}", "fortran_order is missing"),
    ("{'descr': '<f4', 'fortran_order': False}", "shape is missing"),
    ("{'descr': '<f4', 'fortran_order': 0, 'shape': ()}", "neither True nor False"),
    ("{'descr': '<f4', 'fortran_order': false, 'shape': ()}", "neither True nor False"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': 3}", "( is missing"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3)}", "not a tuple"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,,)}", "no integer"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (a,)}", "no integer"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1.5,)}", ") is missing"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", "no integer"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,", "no integer"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)", "} is missing"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': ()} x", "follows"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (), 'x': 1}", "a key other"),
    ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}", "there twice"),
    ("{'descr': '<f4 'fortran_order': False, 'shape': ()}", "} is missing"),
    ("{'descr: 1}", "no closing quote"), ("{descr: '<f4'}", "string is missing"),
    ("{'descr' '<f4'}", ": is missing"), ("{'descr': 4}", "string is missing"),
    ("{'descr': '<f4',, 'fortran_order': False}", "string is missing"),
  ])
  func refusesABadHeader(_ header: String, _ reason: String) {
    let error = #expect(throws: TensorError.self) {
      try NPY.read(SharedBytes(Self.file(header, [0, 0, 0, 0])))
    }
    guard case .badHeader(.npy, let actual) = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
    #expect(actual.contains(reason), "\(actual)")
    #expect(error?.category == .malformed)
  }

  @Test(arguments: [
    "|O", "O", "<i2", "|i1", "<u4", "<u8", "<c8", "<U4", "|S3", "<M8[ns]", "|V4", "<f16", "f4", "",
    "<f4 ",
    "é",
  ])
  func refusesOtherTypesAsUnsupported(_ type: String) {
    let error = #expect(throws: TensorError.self) {
      try NPY.read(SharedBytes(Self.file(Self.header(type, false, "(1,)"), [0, 0, 0, 0])))
    }
    #expect(error?.category == .unsupportedType)
  }

  @Test(arguments: ["[('a', '<f4'), ('b', '<i4')]", "('<f4', (2,))"])
  func refusesStructuredTypesAsUnsupported(_ type: String) {
    let header = "{'descr': \(type), 'fortran_order': False, 'shape': (1,), }"
    let error = #expect(throws: TensorError.self) {
      try NPY.read(SharedBytes(Self.file(header, Array(repeating: 0, count: 8))))
    }
    #expect(error?.category == .unsupportedType)
  }

  @Test func refusesWhatIsNotThere() {
    func error(_ bytes: [UInt8], _ limits: TensorLimits = .standard) -> TensorError? {
      if case .failure(let error) = outcome({ () throws(TensorError) in
        try NPY.read(SharedBytes(bytes), limits: limits)
      }) {
        error
      } else {
        nil
      }
    }
    let two = Self.header("<f4", false, "(2,)")
    let start = Self.file(two).count
    #expect(error([]) == .wrongMagic(format: .npy))
    #expect(error(Array("NUMPY".utf8)) == .wrongMagic(format: .npy))
    #expect(error(Self.file(two, version: 4)) == .unknownVersion(format: .npy, version: "4.0"))
    #expect(error(Self.file(two, version: 0)) == .unknownVersion(format: .npy, version: "0.0"))
    #expect(
      error(Self.file(two, [1, 2, 3]))
        == .truncated(format: .npy, expected: start + 8, actual: start + 3))
    #expect(
      error(Self.file(two, Array(repeating: 0, count: 9))) == .surplus(format: .npy, count: 1))
    #expect(
      error(Self.file(Self.header("<f4", false, "(-1,)"))) == .negativeLength(shape: [-1]))
    #expect(
      error(Self.file(Self.header("|b1", false, "(2, 2)"), [0, 1, 2, 1]))
        == .badBoolean(index: [1, 0]))
    #expect(
      error(Self.file(Self.header("|b1", true, "(2, 2)"), [0, 1, 2, 1]))
        == .badBoolean(index: [0, 1]))
    let huge = "(4294967296, 4294967296, 4294967296)"
    #expect(error(Self.file(Self.header("<f8", false, huge)))?.category == .tooLarge)
    // A zero makes it empty, whatever the other lengths.
    #expect(
      error(Self.file(Self.header("<f8", false, "(4611686018427387904, 0, 8)"))) == nil)
    let rank = "(" + String(repeating: "1, ", count: 65) + ")"
    #expect(
      error(Self.file(Self.header("|u1", false, rank), [0]))
        == .tooManyDimensions(limit: 64, actual: 65))
  }

  @Test func takesTheLimitsAndRefusesOneMore() throws {
    let limits = TensorLimits(elements: 6)
    func read(_ shape: String, _ count: Int) throws -> Tensor {
      try NPY.read(
        SharedBytes(
          Self.file(Self.header("|u1", false, shape), Array(repeating: 0, count: count))),
        limits: limits)
    }
    #expect(try read("(2, 3)", 6).count == 6)
    #expect(throws: TensorError.tooManyElements(limit: 6, shape: [7])) { try read("(7,)", 7) }
    let text = Self.header("|u1", false, "()")
    let file = SharedBytes(Self.file(text, [0], version: 2))
    #expect(try NPY.read(file, limits: TensorLimits(headerBytes: text.utf8.count)).count == 1)
    let less = TensorLimits(headerBytes: text.utf8.count - 1)
    #expect(
      throws: TensorError.headerTooLong(limit: text.utf8.count - 1, actual: text.utf8.count)
    ) { try NPY.read(file, limits: less) }
  }

  @Test func everyTruncationIsRefused() throws {
    for hex in [GoldenFiles.version1, GoldenFiles.version2, GoldenFiles.version3] {
      let bytes = [UInt8](hex: hex)
      for length in 0..<bytes.count {
        try Pages.withGuarded(Array(bytes[..<length])) { raw in
          let part = OwnedBytes(Array(raw), offset: 0)
          #expect(throws: TensorError.self, "\(length)") { try NPY.read(part.shared) }
        }
      }
    }
  }

  @Test(arguments: 1...4) func survivesMutatedFiles(_ seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let sources = [GoldenFiles.version1, GoldenFiles.version2, GoldenFiles.empty].map {
      [UInt8](hex: $0)
    }
    for round in 0..<3000 {
      let bytes = generator.mutated(sources[round % sources.count])
      if case .success(let tensor) = outcome({ () throws(TensorError) in
        try NPY.read(SharedBytes(bytes))
      }) {
        #expect(tensor.float64Values().count == tensor.count)
        _ = tensor.firstNonFinite()
      }
    }
  }
}
