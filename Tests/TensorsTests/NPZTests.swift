import Tensors
import TestSupport
import Testing

@Suite struct NPZTests {
  private let vector = Tensor(shape: [3], float32: [1, 2, 3])

  private func member(_ name: String = "x.npy") -> ZipBuilder.Member {
    ZipBuilder.Member(name, NPY.write(vector))
  }

  private func error(
    _ bytes: [UInt8], _ limits: TensorLimits = .standard
  ) -> TensorError? {
    if case .failure(let error) = outcome({ () throws(TensorError) in
      try NPZ.read(SharedBytes(bytes), limits: limits)
    }) {
      error
    } else {
      nil
    }
  }

  private func isBadArchive(_ bytes: [UInt8], _ reason: String) -> Bool {
    guard case .badArchive(let actual) = error(bytes) else { return false }
    return actual.contains(reason)
  }

  @Test(arguments: [GoldenFiles.npz, GoldenFiles.compressedNpz])
  func readsWhatNumpyWrites(_ hex: String) throws {
    let tensors = try NPZ.read(SharedBytes([UInt8](hex: hex)))
    #expect(tensors.names == ["a", "b é"])
    #expect(tensors["a"] == Tensor(shape: [2, 3], float64: [0, 1, 2, 3, 4, 5]))
    #expect(tensors["b é"] == Tensor(shape: [3], int32: [1, 2, 3]))
  }

  @Test(arguments: [Int.max, 0, 200]) func everyTensorComesBack(_ wideFrom: Int) throws {
    var tensors = NamedTensors()
    for (index, tensor) in try TensorSamples.all().enumerated() { tensors["t\(index) é"] = tensor }
    let bytes = wideFrom == .max ? NPZ.write(tensors) : NPZ.write(tensors, wideFrom: wideFrom)
    let back = try NPZ.read(SharedBytes(bytes))
    #expect(back.names == tensors.names)
    for (name, tensor) in tensors {
      let expected =
        tensor.elementType == .bfloat16 ? try tensor.converted(to: .float32) : tensor
      #expect(back[name] == expected)
    }
    #expect(try NPZ.read(SharedBytes(NPZ.write(NamedTensors()))).isEmpty)
  }

  @Test func theSameTensorsGiveTheSameBytes() {
    #expect(NPZ.write(["x": vector]) == NPZ.write(["x": vector]))
  }

  @Test func storedMembersAreNotCopied() throws {
    let owner = OwnedBytes(NPZ.write(["x": vector]), offset: 1)
    let tensors = try NPZ.read(owner.shared)
    let start = try #require(owner.bytes.baseAddress)
    try #require(tensors["x"]).withRowMajorBytes { view in
      #expect(view.baseAddress.map { $0 >= start && $0 < start + owner.bytes.count } == true)
    }
  }

  @Test func readsDescriptorsCommentsAndNamesWithoutSuffix() throws {
    var builder = ZipBuilder()
    var first = member()
    first.isDeflated = true
    first.hasDescriptor = true
    var second = member("y")
    second.hasDescriptor = true
    builder.members = [first, second]
    builder.comment = Array("a comment with PK\u{5}\u{6} in it, and more text behind it".utf8)
    let tensors = try NPZ.read(SharedBytes(builder.build()))
    #expect(tensors.names == ["x", "y"])
    #expect(tensors["x"] == vector)
    #expect(tensors["y"] == vector)
  }

  @Test func refusesWhatTheArchiveGetsWrong() {
    func archive(
      _ reason: String, _ line: Int = #line, _ change: (inout ZipBuilder.Member) -> Void
    ) {
      var builder = ZipBuilder(members: [member()])
      builder.members[0].isDeflated = true
      change(&builder.members[0])
      #expect(
        isBadArchive(builder.build(), reason),
        "line \(line): \(String(describing: error(builder.build())))")
    }
    archive("encrypted") { $0.flags = 1 }
    archive("encrypted") { $0.flags = 0x41 }
    archive("method 12") { $0.method = 12 }
    archive("method 9") { $0.method = 9 }
    archive("two sizes") {
      $0.isDeflated = false
      $0.decodedCount = 5
    }
    archive("promises") { $0.decodedCount = 0 }
    archive("promises") { $0.decodedCount = 139 }
    archive("promises") { $0.decodedCount = 141 }
    archive("promises more") { $0.decodedCount = 900_000_000 }
    archive("promises") { $0.junk = [0] }
    archive("promises") { $0.storedCount = 10 }
    archive("into the directory") { $0.storedCount = 4000 }
    archive("differs") { $0.localName = Array("y.npy".utf8) }
    archive("differs") { $0.localName = Array("x.np".utf8) }
    archive("UTF-8") { $0.name = [0xff, 0xfe] }
    archive("zip64") { $0.storedCount = .max }
  }

  @Test func refusesWhatTheDirectoryGetsWrong() {
    func archive(
      _ reason: String, _ line: Int = #line, _ change: (inout ZipBuilder) -> Void
    ) {
      var builder = ZipBuilder(members: [member("x.npy"), member("y.npy")])
      change(&builder)
      #expect(
        isBadArchive(builder.build(), reason),
        "line \(line): \(String(describing: error(builder.build())))")
    }
    archive("members, not") { $0.countDifference = 1 }
    archive("members, not") { $0.countDifference = -1 }
    archive("where the end record") { $0.offsetDifference = 1 }
    archive("where the end record") { $0.offsetDifference = -1 }
    archive("parts") { $0.part = 1 }
    archive("differs") { $0.members[1].sharesOffset = true }
    archive("overlaps") {
      $0.members[1] = $0.members[0]
      $0.members[1].sharesOffset = true
    }
    #expect(isBadArchive([0x50, 0x4b, 3, 4], "no end record"))
    #expect(error(Array("PK".utf8)) == .wrongMagic(format: .npz))
    #expect(error([]) == .wrongMagic(format: .npz))
    var shifted = ZipBuilder(members: [member()])
    shifted.prefix = Array("PK".utf8)
    shifted.offsetDifference = -2
    #expect(isBadArchive(shifted.build(), "where the end record"))
  }

  @Test func refusesAWrongChecksum() {
    var builder = ZipBuilder(members: [member()])
    builder.members[0].checksum = 1
    #expect(error(builder.build()) == .wrongChecksum(name: "x.npy"))
    builder.members[0].isDeflated = true
    #expect(error(builder.build()) == .wrongChecksum(name: "x.npy"))
  }

  @Test func refusesANameThatIsThereTwice() {
    let both = ZipBuilder(members: [member(), member()])
    #expect(error(both.build()) == .duplicateName("x"))
    let suffix = ZipBuilder(members: [member("x.npy"), member("x")])
    #expect(error(suffix.build()) == .duplicateName("x"))
    let reserved = ZipBuilder(members: [member("__metadata__.npy")])
    #expect(error(reserved.build()) == .reservedName("__metadata__"))
  }

  @Test func refusesAMemberThatIsNoNpyFile() {
    let builder = ZipBuilder(members: [ZipBuilder.Member("readme.txt", Array("hello".utf8))])
    #expect(error(builder.build()) == .wrongMagic(format: .npy))
  }

  @Test func boundsWhatABombDecodesTo() throws {
    let zeros = Tensor(shape: [1 << 22], uint8: Array(repeating: 0, count: 1 << 22))
    var bomb = ZipBuilder(members: [.init("x.npy", NPY.write(zeros))])
    bomb.members[0].isDeflated = true
    let bytes = bomb.build()
    #expect(bytes.count < 8192)
    let decoded = (1 << 22) + 128
    #expect(error(bytes, TensorLimits(decodedBytes: decoded)) == nil)
    #expect(
      error(bytes, TensorLimits(decodedBytes: decoded - 1))
        == .decodedTooLarge(limit: decoded - 1))
    // Two members count together.
    bomb.members.append(bomb.members[0])
    bomb.members[1].name = Array("y.npy".utf8)
    #expect(
      error(bomb.build(), TensorLimits(decodedBytes: decoded)) == .decodedTooLarge(limit: decoded))
    #expect(error(bomb.build(), TensorLimits(tensors: 1)) == .tooManyTensors(limit: 1))
    // A stream that goes on beyond its promise stops at the promise.
    bomb.members.removeLast()
    bomb.members[0].decodedCount = 1000
    #expect(isBadArchive(bomb.build(), "promises"))
  }

  @Test(arguments: [GoldenFiles.npz, GoldenFiles.compressedNpz])
  func everyTruncationIsRefused(_ hex: String) {
    let bytes = [UInt8](hex: hex)
    for length in 0..<bytes.count {
      #expect(error(Array(bytes[..<length])) != nil, "\(length)")
    }
  }

  @Test(arguments: 1...4) func survivesMutatedFiles(_ seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let wide = NPZ.write(["x": vector, "y": vector], wideFrom: 0)
    let sources =
      [GoldenFiles.npz, GoldenFiles.compressedNpz].map { [UInt8](hex: $0) } + [wide]
    for round in 0..<3000 {
      let bytes = generator.mutated(sources[round % sources.count])
      if case .success(let tensors) = outcome({ () throws(TensorError) in
        try NPZ.read(SharedBytes(bytes))
      }) {
        for (_, tensor) in tensors { #expect(tensor.float64Values().count == tensor.count) }
      }
    }
  }
}
