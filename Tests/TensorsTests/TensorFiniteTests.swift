import Tensors
import TestSupport
import Testing

@Suite struct TensorFiniteTests {
  private static let floating: [ElementType] = [.float64, .float32, .float16, .bfloat16]

  @Test(arguments: floating) func findsTheFirstWhereverItIs(_ type: ElementType) throws {
    let width = type.byteCount
    for count in [1, 2, 7, 511, 512, 513, 4096, 5000] {
      let finite = try Tensor(
        shape: [count], float64: (0..<count).map { Double($0 % 200) - 100 }
      ).converted(to: type)
      #expect(finite.firstNonFinite() == nil)
      let good = finite.withRowMajorBytes { Array($0) }
      for value in [Double.nan, .infinity, -.infinity] {
        let bad = try Tensor(shape: [1], float64: [value]).converted(to: type)
          .withRowMajorBytes { Array($0) }
        for place in Set([0, 1, count / 2, count - 1, count - 2]) where (0..<count).contains(place)
        {
          var bytes = good
          for index in [place, count - 1] {
            bytes.replaceSubrange(index * width..<(index + 1) * width, with: bad)
          }
          for offset in [0, 1] {
            let tensor = try Tensor(
              elementType: type, shape: [count], bytes: OwnedBytes(bytes, offset: offset).shared)
            #expect(tensor.firstNonFinite() == [place], "\(type) \(count) \(value) \(offset)")
          }
        }
      }
    }
  }

  @Test func takesTheLargestAndSmallestFiniteNumbers() throws {
    #expect(
      Tensor(shape: [3], float64: [.greatestFiniteMagnitude, -.leastNonzeroMagnitude, -0.0])
        .firstNonFinite() == nil)
    #expect(Tensor(shape: [1], float32: [.greatestFiniteMagnitude]).firstNonFinite() == nil)
    #expect(
      try Tensor(shape: [2], float64: [65504, -65504]).converted(to: .float16)
        .firstNonFinite() == nil)
    #expect(
      try Tensor(shape: [1], float64: [65520]).converted(to: .float16).firstNonFinite() == [0])
  }

  @Test func tellsTheIndexInTheShape() throws {
    var values = Array(repeating: 1.0, count: 24)
    values[17] = .nan
    #expect(Tensor(shape: [2, 3, 4], float64: values).firstNonFinite() == [1, 1, 1])
    #expect(Tensor(shape: [], float64: [.nan]).firstNonFinite() == [])
    #expect(Tensor(shape: [0, 2], float64: []).firstNonFinite() == nil)
  }

  @Test func readsEveryLayout() throws {
    // Row-major [[1, 2, inf], [4, 5, 6]], in column major and big endian.
    let bytes = [1, 4, 2, 5, Double.infinity, 6].flatMap { value in
      withUnsafeBytes(of: value.bitPattern.bigEndian) { Array($0) }
    }
    let tensor = try Tensor(
      elementType: .float64, shape: [2, 3], bytes: SharedBytes(bytes), order: .columnMajor,
      byteOrder: .big)
    #expect(tensor.firstNonFinite() == [0, 2])
  }

  @Test func integersAreFinite() throws {
    #expect(Tensor(shape: [1], int64: [-1]).firstNonFinite() == nil)
    #expect(Tensor(shape: [1], uint8: [255]).firstNonFinite() == nil)
  }
}
