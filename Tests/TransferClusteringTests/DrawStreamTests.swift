import Compute
import Glibc
import Testing
import TransferClustering

@Suite struct DrawStreamTests {
  private func normals(_ count: Int, stream: UInt64) -> [Double] {
    var draws = DrawStream(RandomGenerator(seed: 4, stream: stream))
    var values = [Double](repeating: 0, count: count)
    values.withUnsafeMutableBufferPointer { draws.fillNormal($0) }
    return values
  }

  @Test func normalsFallIntoBinsAsTheyMust() {
    // 40 bins from -4 to 4 and the two tails beyond; χ² of 41 degrees of freedom is above 80.4 with
    // probability 2e-4, and the draws are fixed.
    let count = 400_000
    var bins = [Double](repeating: 0, count: 42)
    for value in normals(count, stream: 1) {
      bins[min(max(Int(((value + 4) / 0.2).rounded(.down)) + 1, 0), 41)] += 1
    }
    func below(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }
    var statistic = 0.0
    for bin in bins.indices {
      let low = bin == 0 ? 0 : below(-4 + 0.2 * Double(bin - 1))
      let high = bin == 41 ? 1 : below(-4 + 0.2 * Double(bin))
      let expected = (high - low) * Double(count)
      statistic += (bins[bin] - expected) * (bins[bin] - expected) / expected
    }
    #expect(statistic < 80.4, "χ² \(statistic)")
  }

  @Test func theTailBeyondTheLastLayerIsThere() {
    // 2 Φ(-3.6542) = 2.58e-4 of a million: 258 ± 5 · 16.
    let beyond = normals(1_000_000, stream: 2).count { abs($0) > 3.654_152_885_361_009 }
    #expect((178...338).contains(beyond), "\(beyond)")
  }

  @Test func momentsAreThoseOfTheNormalLaw() {
    let values = normals(400_000, stream: 3)
    let count = Double(values.count)
    func moment(_ power: Double) -> Double {
      values.reduce(0) { $0 + pow($1, power) } / count
    }
    // Five standard errors: √(1, 2, 15, 96)/√count.
    #expect(abs(moment(1)) < 5 / count.squareRoot())
    #expect(abs(moment(2) - 1) < 5 * (2 / count).squareRoot())
    #expect(abs(moment(3)) < 5 * (15 / count).squareRoot())
    #expect(abs(moment(4) - 3) < 5 * (96 / count).squareRoot())
  }

  @Test func aStreamIsTheSameEachTimeAndUnlikeAnother() {
    #expect(normals(50, stream: 5) == normals(50, stream: 5))
    #expect(normals(50, stream: 5) != normals(50, stream: 6))
  }

  @Test func uniformsFillTheUnitInterval() {
    var draws = DrawStream(RandomGenerator(seed: 4, stream: 9))
    let values = (0..<100_000).map { _ in draws.uniform() }
    #expect(values.allSatisfy { (0..<1).contains($0) })
    // Standard error of the mean: 1/√(12 n).
    let mean = values.reduce(0, +) / 100_000
    let error = 1 / (12 * 100_000.0).squareRoot()
    #expect(abs(mean - 0.5) < 5 * error)
  }
}
