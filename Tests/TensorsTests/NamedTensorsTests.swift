import JSON
import Tensors
import Testing

@Suite struct NamedTensorsTests {
  private func scalar(_ value: Double) -> Tensor { Tensor(shape: [], float64: [value]) }

  @Test func keepsTheOrderOfNames() throws {
    var tensors: NamedTensors = ["b": scalar(1), "a": scalar(2)]
    try tensors.append("c", scalar(3))
    tensors["b"] = scalar(4)
    #expect(tensors.names == ["b", "a", "c"])
    #expect(tensors["b"] == scalar(4))
    tensors["a"] = nil
    #expect(tensors.names == ["b", "c"])
    #expect(tensors["c"] == scalar(3))
    #expect(tensors["a"] == nil)
    #expect(tensors.map(\.name) == ["b", "c"])
  }

  @Test func refusesNamesThatAreThereOrReserved() throws {
    var tensors: NamedTensors = ["a": scalar(1)]
    #expect(throws: TensorError.duplicateName("a")) { try tensors.append("a", scalar(2)) }
    #expect(throws: TensorError.reservedName("__metadata__")) {
      try tensors.append("__metadata__", scalar(2))
    }
    // Equal to Swift, but other code points, so another name.
    try tensors.append("\u{e9}", scalar(2))
    try tensors.append("e\u{301}", scalar(3))
    #expect(tensors["\u{e9}"] == scalar(2))
    #expect(tensors["e\u{301}"] == scalar(3))
    #expect(tensors["a"] == scalar(1))
  }
}

@Suite struct TensorFormatTests {
  @Test func tellsFormatsByTheirFirstBytes() throws {
    let tensors: NamedTensors = ["a": Tensor(shape: [2], float32: [1, 2])]
    func sniffed(_ bytes: [UInt8]) -> TensorFormat? { TensorFormat.sniffed(SharedBytes(bytes)) }
    #expect(sniffed(NPY.write(tensors[0].tensor)) == .npy)
    #expect(sniffed(NPZ.write(tensors)) == .npz)
    #expect(sniffed(NPZ.write(NamedTensors())) == .npz)
    #expect(sniffed(Safetensors.write(tensors)) == .safetensors)
    #expect(sniffed(Safetensors.write(NamedTensors())) == .safetensors)
    #expect(sniffed([2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8)) == .safetensors)
    for bytes: [UInt8] in [
      [], [0x93], Array("NUMPY".utf8), Array("{\"a\":1}".utf8), Array("PK".utf8),
      Array(repeating: 0xff, count: 8) + Array("{}".utf8),
      [3, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8), [2, 0, 0, 0, 0, 0, 0, 0] + Array("[]".utf8),
    ] {
      #expect(sniffed(bytes) == nil, "\(bytes)")
    }
  }

  @Test func everyErrorHasASentence() {
    let errors: [TensorError] = [
      .wrongMagic(format: .npy), .unknownVersion(format: .npy, version: "9.0"),
      .truncated(format: .npz, expected: 2, actual: 1), .surplus(format: .npy, count: 1),
      .badHeader(format: .safetensors, reason: "x"), .headerTooLong(limit: 1, actual: 2),
      .badOffsets(name: "a", reason: "x"), .duplicateName("a"), .reservedName("a"),
      .nameTooLong(limit: 1, actual: 2), .badArchive(reason: "x"), .wrongChecksum(name: "a"),
      .badBase64(pointer: .init(["a"]), offset: 1),
      .wrongByteCount(shape: [1], expected: 1, actual: 2), .negativeLength(shape: [-1]),
      .badBoolean(index: [0]), .unsupportedType("|O"), .tooManyElements(limit: 1, shape: [2]),
      .tooManyDimensions(limit: 1, actual: 2), .tooManyTensors(limit: 1),
      .decodedTooLarge(limit: 1), .notNumbers(.null(pointer: .root)),
      .badObject(pointer: .root, reason: "x"), .nonFinite(index: [1, 2]),
      .notRepresentable(index: [0], type: .bool),
    ]
    for error in errors {
      let text = error.description
      #expect(text.hasSuffix("."), "\(text)")
      #expect(text.first?.isUppercase == true, "\(text)")
      #expect(!text.contains("Optional"), "\(text)")
    }
  }
}
