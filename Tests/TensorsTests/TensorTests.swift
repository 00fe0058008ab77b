import Tensors
import TestSupport
import Testing

@Suite struct TensorTests {
  /// The naive way to lay elements out: one index after the other, byte by byte.
  private func laidOut(
    _ bytes: [UInt8], _ width: Int, _ shape: [Int], columnMajor: Bool, big: Bool
  ) -> [UInt8] {
    let count = shape.reduce(1, *)
    var result = [UInt8](repeating: 0, count: bytes.count)
    for place in 0..<count {
      // `place` counts row-major; `other` is the same index's place in column major.
      var (rest, other, step) = (place, 0, count)
      for length in shape.reversed() {
        step /= length
        other += rest % length * step
        rest /= length
      }
      let target = columnMajor ? other : place
      for byte in 0..<width {
        result[target * width + (big ? width - 1 - byte : byte)] = bytes[place * width + byte]
      }
    }
    return result
  }

  @Test(arguments: ElementType.allCases) func everyLayoutGivesTheSameBytes(
    _ type: ElementType
  ) throws {
    for shape in TensorSamples.shapes + [[4, 1, 5], [1, 6], [3, 2, 2, 5], [40, 3, 50]] {
      let tensor = try TensorSamples.tensor(type, shape, seed: 9)
      let bytes = tensor.withRowMajorBytes { Array($0) }
      for (order, byteOrder, offset) in [
        (Tensor.Order.rowMajor, Tensor.ByteOrder.little, 1), (.rowMajor, .big, 0),
        (.columnMajor, .little, 0), (.columnMajor, .big, 3),
      ] {
        let other = laidOut(
          bytes, type.byteCount, shape, columnMajor: order == .columnMajor, big: byteOrder == .big)
        let view = try Tensor(
          elementType: type, shape: shape, bytes: OwnedBytes(other, offset: offset).shared,
          order: order, byteOrder: byteOrder)
        #expect(view.withRowMajorBytes { Array($0) } == bytes, "\(shape) \(order) \(byteOrder)")
        #expect(view == tensor)
        #expect(view.float64Values() == tensor.float64Values())
        #expect(view.float32Values() == tensor.float32Values())
      }
    }
  }

  @Test func valuesKeepTheirMeaningInEveryType() throws {
    let tensor = Tensor(shape: [2, 2], float64: [0, 1, 2, 3])
    for type in ElementType.allCases where type != .bool {
      let other = try tensor.converted(to: type)
      #expect(other.elementType == type)
      #expect(other.shape == [2, 2])
      #expect(other.float64Values() == [0, 1, 2, 3])
      #expect(other.float32Values() == [0, 1, 2, 3])
      #expect(try other.int64Values() == [0, 1, 2, 3])
      #expect(try other.converted(to: .float64) == tensor)
    }
    let bits = try Tensor(shape: [3], float64: [1, 0, 1]).converted(to: .bool)
    #expect(bits.bytes.array() == [1, 0, 1])
    #expect(bits.float64Values() == [1, 0, 1])
  }

  @Test(
    arguments: [
      ([0.5], .int64, 0), ([1, .nan], .int64, 1), ([0x1p63], .int64, 0),
      ([0, 1, 0x1p31], .int32, 2),
      ([-1], .uint8, 0), ([255, 256], .uint8, 1), ([0, 1, 2], .bool, 2), ([.infinity], .uint8, 0),
    ] as [([Double], ElementType, Int)])
  func refusesWhatAnIntegerTypeDoesNotHold(
    _ values: [Double], _ type: ElementType, _ place: Int
  ) {
    let tensor = Tensor(shape: [1, values.count], float64: values)
    let error = #expect(throws: TensorError.self) { try tensor.converted(to: type) }
    guard case .notRepresentable(let index, _) = error else {
      Issue.record("another error")
      return
    }
    #expect(index == [0, place])
    #expect(error?.category == .invalid)
  }

  @Test func roundsIntegersToNearest() {
    let tensor = Tensor(shape: [2], int64: [9_007_199_254_740_993, .max])
    #expect(tensor.float64Values() == [9_007_199_254_740_992, 0x1p63])
    #expect(Tensor(shape: [1], int32: [16_777_217]).float32Values() == [16_777_216])
  }

  @Test func refusesBytesThatDoNotFitTheShape() {
    func make(_ type: ElementType, _ shape: [Int], _ count: Int) throws(TensorError) {
      _ = try Tensor(
        elementType: type, shape: shape, bytes: SharedBytes(Array(repeating: 0, count: count)))
    }
    #expect(throws: TensorError.wrongByteCount(shape: [2, 2], expected: 16, actual: 15)) {
      try make(.float32, [2, 2], 15)
    }
    #expect(throws: TensorError.wrongByteCount(shape: [], expected: 8, actual: 0)) {
      try make(.float64, [], 0)
    }
    #expect(throws: TensorError.negativeLength(shape: [-1, -1])) { try make(.uint8, [-1, -1], 1) }
    #expect(throws: TensorError.tooManyElements(limit: 1 << 28, shape: [1 << 28, 2])) {
      try make(.uint8, [1 << 28, 2], 0)
    }
    #expect(throws: Never.self) { try make(.float64, [0, .max, .max], 0) }
  }

  @Test func reshapesWithoutChangingTheElements() throws {
    let tensor = try Tensor(
      elementType: .uint8, shape: [2, 3], bytes: SharedBytes([1, 4, 2, 5, 3, 6]),
      order: .columnMajor)
    #expect(tensor.reshaped(to: [6]) == Tensor(shape: [6], uint8: [1, 2, 3, 4, 5, 6]))
    #expect(
      tensor.reshaped(to: [3, 1, 2]) == Tensor(shape: [3, 1, 2], uint8: [1, 2, 3, 4, 5, 6]))
  }

  @Test func equalityIsOfTypeShapeAndBytes() {
    let tensor = Tensor(shape: [2], float64: [0, .nan])
    #expect(tensor == Tensor(shape: [2], float64: [0, .nan]))
    #expect(tensor != Tensor(shape: [2], float64: [-0.0, .nan]))
    #expect(tensor != Tensor(shape: [2, 1], float64: [0, .nan]))
    #expect(Tensor(shape: [1], int32: [1]) != Tensor(shape: [1], float32: [1]))
  }

  @Test func slicesOfSharedBytesShareTheMemory() {
    let bytes = SharedBytes([1, 2, 3, 4, 5])
    let middle = bytes[1..<4]
    #expect(middle.array() == [2, 3, 4])
    #expect(middle[1..<2].array() == [3])
    #expect(middle[3..<3].count == 0)
    bytes.withUnsafeBytes { all in
      middle.withUnsafeBytes { part in
        #expect(part.baseAddress == all.baseAddress.map { $0 + 1 })
      }
    }
  }

  @Test func sharedBytesKeepTheirOwner() {
    final class Flag: Sendable {}
    weak var seen: Flag?
    func view() -> SharedBytes {
      let owner = Flag()
      seen = owner
      return SharedBytes(owner: owner, UnsafeRawBufferPointer(start: nil, count: 0))
    }
    var held: SharedBytes? = view()
    #expect(seen != nil)
    #expect(held?.count == 0)
    held = nil
    #expect(seen == nil)
  }
}
