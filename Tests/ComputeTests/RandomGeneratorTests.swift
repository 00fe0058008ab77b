import Compute
import Glibc
import Testing

@Suite struct RandomGeneratorTests {
  @Test func readsTheBlocksOfItsStreamInOrder() {
    // Counter 0, stream 0, seed 0: the first published block, low words first.
    var generator = RandomGenerator(seed: 0, stream: 0)
    #expect(generator.next() == 0xe169_c58d_6627_e8d5)
    #expect(generator.next() == 0x9b00_dbd8_bc57_ac4c)
    // The third published block: counter words 0, 1 are the block number, 2, 3 the stream.
    var third = RandomGenerator(
      state: .init(
        seed: 0x299f_31d0_a409_3822, stream: 0x0370_7344_1319_8a2e,
        position: 0x05a3_08d3_243f_6a88 &* 2))
    let expected = Philox.block(
      counter: SIMD4(0x243f_6a88, 0x05a3_08d3, 0x1319_8a2e, 0x0370_7344),
      key: SIMD2(0xa409_3822, 0x299f_31d0))
    #expect(third.next() == UInt64(expected[0]) | UInt64(expected[1]) << 32)
    #expect(third.next() == UInt64(expected[2]) | UInt64(expected[3]) << 32)
  }

  @Test(arguments: 0..<9)
  func goesOnFromAStoredState(after count: Int) {
    var generator = RandomGenerator(seed: 7, stream: 3)
    for _ in 0..<count { _ = generator.normal() }
    var restored = RandomGenerator(state: generator.state)
    for _ in 0..<10 {
      #expect(restored.normal() == generator.normal())
      #expect(restored.next() == generator.next())
    }
    #expect(restored.state == generator.state)
  }

  @Test func differsBetweenSeedsAndBetweenStreams() {
    func first(_ seed: UInt64, _ stream: UInt64) -> [UInt64] {
      var generator = RandomGenerator(seed: seed, stream: stream)
      return (0..<4).map { _ in generator.next() }
    }
    let all = [first(0, 0), first(1, 0), first(0, 1), first(1 << 32, 0), first(0, 1 << 32)]
    #expect(Set(all).count == all.count)
  }

  @Test func hasUniformValuesInTheHalfOpenInterval() {
    var generator = RandomGenerator(seed: 5, stream: 0)
    let count = 100_000
    var sum = 0.0
    for _ in 0..<count {
      let value = generator.uniform()
      #expect(value >= 0 && value < 1)
      sum += value
    }
    // Standard deviation of the mean: 1/√(12 n); five of them fail once in 10⁶ seeds.
    #expect((sum / Double(count) - 0.5).magnitude < 5 / (12 * Double(count)).squareRoot())
  }

  @Test func hasTheMomentsOfTheNormalDistribution() {
    var generator = RandomGenerator(seed: 11, stream: 2)
    let count = 200_000
    let values = generator.normals(count)
    // Expectations and variances of zᵏ: 0, 1, 0, 3 and 1, 2, 15, 96.
    for (power, mean, variance) in [(1, 0.0, 1.0), (2, 1, 2), (3, 0, 15), (4, 3, 96)] {
      let sum = values.reduce(0) { $0 + pow($1, Double(power)) }
      let error = (sum / Double(count) - mean).magnitude
      #expect(error < 5 * (variance / Double(count)).squareRoot(), "moment \(power)")
    }
  }

  @Test func fillsABufferWithTheSameNormals() {
    var one = RandomGenerator(seed: 4, stream: 9)
    var other = one
    var buffer = [Double](repeating: 0, count: 33)
    buffer.withUnsafeMutableBufferPointer { one.fillNormal($0) }
    #expect(buffer == (0..<33).map { _ in other.normal() })
    #expect(one.state == other.state)
  }

  @Test(arguments: [1, 2, 3, 7, 10, 1 << 40, Int.max])
  func staysBelowItsBound(_ bound: Int) {
    var generator = RandomGenerator(seed: 1, stream: 1)
    for _ in 0..<100 {
      let value = generator.below(bound)
      #expect(0 <= value && value < bound)
    }
  }

  @Test func hitsEachValueBelowTenEquallyOften() {
    var generator = RandomGenerator(seed: 2, stream: 0)
    var counts = [Int](repeating: 0, count: 10)
    let draws = 100_000
    for _ in 0..<draws { counts[generator.below(10)] += 1 }
    let expected = Double(draws) / 10
    let chiSquare = counts.reduce(0.0) { $0 + pow(Double($1) - expected, 2) / expected }
    #expect(chiSquare < 33.7)  // 9 degrees of freedom, probability 1e-4
  }

  /// The bits are part of the results of every seeded job: a change of them is a change of version.
  /// Computed by the formulas of the paper in exact integer and correctly rounded double
  /// arithmetic, outside this package.
  @Test func keepsItsValues() {
    var generator = RandomGenerator(seed: 42, stream: 7)
    let first = generator.normals(4).map(\.bitPattern)
    #expect(first == GoldenNormals.seed42Stream7)
  }
}

@Suite struct PortableLogarithmTests {
  @Test func agreesWithTheLibraryToAFewUlps() {
    var generator = RandomGenerator(seed: 3, stream: 0)
    var arguments = (0..<2000).map { _ in generator.uniform() + 0x1p-60 }
    arguments += [
      1, 2, 0.5, 0x1p-1074, 0x1p1023, 1.5, 3, 1e-300, 0.9999999999999999, 1.4142135623730951,
    ]
    for x in arguments {
      let expected = log(x)
      // Two ulps of the result, or of ln's smallest exact part near 1.
      let bound = max(2 * expected.ulp, 0x1p-53)
      #expect((PortableLogarithm.natural(x) - expected).magnitude <= bound, "x = \(x)")
    }
  }
}
