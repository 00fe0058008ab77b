import Tensors
import TestSupport

extension [UInt8] {
  /// The bytes of hexadecimal digits; everything else is passed over.
  init(hex: String) {
    let digits = hex.compactMap { $0.hexDigitValue }
    self = stride(from: 0, to: digits.count - 1, by: 2).map {
      UInt8(digits[$0] << 4 | digits[$0 + 1])
    }
  }
}

/// An object that owns memory, with the bytes starting `offset` behind a multiple of 64.
final class OwnedBytes: @unchecked Sendable {
  // Written to in init only.
  private let memory: UnsafeMutableRawBufferPointer
  let bytes: UnsafeRawBufferPointer

  init(_ bytes: [UInt8], offset: Int) {
    memory = .allocate(byteCount: bytes.count + 64, alignment: 64)
    let part = UnsafeMutableRawBufferPointer(rebasing: memory[offset..<offset + bytes.count])
    part.copyBytes(from: bytes)
    self.bytes = UnsafeRawBufferPointer(part)
  }

  deinit { memory.deallocate() }

  /// The bytes, shared.
  var shared: SharedBytes { SharedBytes(owner: self, bytes) }
}

/// Tensors of every element type and of awkward shapes, with seeded finite contents.
enum TensorSamples {
  static let shapes = [
    [], [0], [1], [7], [0, 3], [3, 0], [1, 1], [2, 3], [5, 1], [33, 65], [2, 3, 4],
  ]

  static func tensor(_ type: ElementType, _ shape: [Int], seed: UInt64) throws -> Tensor {
    var generator = SplitMix64(seed: seed)
    let count = shape.reduce(1, *)
    let values = (0..<count).map { _ in Double(Int.random(in: -500...500, using: &generator)) / 4 }
    switch type {
    case .float64, .float32, .float16, .bfloat16:
      return try Tensor(shape: shape, float64: values).converted(to: type)
    case .int64:
      return Tensor(
        shape: shape, int64: values.map { _ in Int64(truncatingIfNeeded: generator.next()) })
    case .int32:
      return Tensor(
        shape: shape, int32: values.map { _ in Int32(truncatingIfNeeded: generator.next()) })
    case .uint8:
      return Tensor(
        shape: shape, uint8: values.map { _ in UInt8(truncatingIfNeeded: generator.next()) })
    case .bool:
      let bytes = values.map { _ in UInt8(generator.next() & 1) }
      return try Tensor(elementType: .bool, shape: shape, bytes: SharedBytes(bytes))
    }
  }

  /// Every element type in every shape.
  static func all() throws -> [Tensor] {
    var seed: UInt64 = 0
    return try ElementType.allCases.flatMap { type in
      try shapes.map { shape in
        seed += 1
        return try tensor(type, shape, seed: seed)
      }
    }
  }
}

/// What a reader says of bytes: the tensors or the error.
func outcome<Value>(_ body: () throws(TensorError) -> Value) -> Result<Value, TensorError> {
  Result(catching: body)
}
