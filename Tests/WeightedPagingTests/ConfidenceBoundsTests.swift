import JSON
import TestSupport
import Testing
import WeightedPaging

@Suite struct ConfidenceBoundsTests {
  @Test(.enabled(if: Reference.has("bounds"), "../shared is not here"))
  func boundsAgreeWithTheReference() throws {
    var rows = 0
    for item in try Reference.cases("bounds") {
      let rule = try #require(ConfidenceRule(rawValue: item["rule"]?.stringValue ?? ""))
      let scale = ConfidenceScale(
        pages: Double(try #require(item.integer("n"))),
        horizon: Double(try #require(item.integer("T"))))
      var bounds = ConfidenceBounds()
      var expected: [Int: [Double]] = [:]
      for row in try #require(item["rows"]?.arrayValue) {
        let values = try #require(row.doubles)
        expected[Int(values[0])] = values
      }
      // Rows may lie beyond the samples listed: they are then fed again from the start.
      let samples = try #require(item["samples"]?.doubles)
      for i in 1...samples.count {
        bounds.add(samples[i - 1], rule: rule, scale: scale)
        guard let row = expected[i] else { continue }
        rows += 1
        #expect(abs(bounds.mean - row[1]) <= 1e-9 * row[1], "\(rule) sample \(i)")
        #expect(abs(bounds.lower - row[2]) <= 1e-9 * row[2], "\(rule) sample \(i)")
        #expect(abs(bounds.upper - row[3]) <= 1e-9 * row[3], "\(rule) sample \(i)")
      }
    }
    #expect(rows >= 100)
  }

  /// The roots against bisection of the divergence itself.
  @Test(arguments: [1e-9, 1e-4, 0.03, 0.2, 0.5, 0.77, 0.999, 1 - 1e-12])
  func rootsOfTheDivergenceAgreeWithBisection(p: Double) {
    for budget in [1e-7, 1e-3, 0.1, 1, 20, 90] {
      let lower = BernoulliDivergence.lowerRoot(p, budget: budget)
      let upper = BernoulliDivergence.upperRoot(p, budget: budget)
      #expect(lower >= 0 && lower <= p && upper >= p && upper < 1)
      var (low, high) = (-800.0, 0.0)  // the root is p e^x
      for _ in 0..<200 {
        let x = (low + high) / 2
        if BernoulliDivergence.value(p, p * exponential(x)) > budget { low = x } else { high = x }
      }
      let expected = p * exponential(high)
      #expect(abs(lower - expected) <= 1e-9 * expected + 1e-300, "p \(p) budget \(budget)")
      guard 1 - upper > 1e-9 else { continue }  // nearer to 1 an ulp is worth much divergence
      #expect(BernoulliDivergence.value(p, upper - 1e-7 * (upper - p)) <= budget)
      #expect(BernoulliDivergence.value(p, upper + 1e-7 * (upper - p)) >= budget * (1 - 1e-9))
    }
  }

  @Test func theKLIntervalLiesInsideThePapers() {
    let scale = ConfidenceScale(pages: 1000, horizon: 1e6)
    var generator = SplitMix64(seed: 11)
    for weight in [0.02, 0.3, 0.9] {
      var kl = ConfidenceBounds()
      var paper = ConfidenceBounds()
      for _ in 0..<2000 {
        let sample = generator.uniform() < weight ? 1.0 : 1e-3
        kl.add(sample, rule: .kl, scale: scale)
        paper.add(sample, rule: .paper, scale: scale)
        #expect(kl.lower >= paper.lower && kl.upper <= paper.upper)
        #expect(kl.lower > 0)
      }
      // Relative accuracy needs about 2 Lg / w samples: 6 400, 420 and 140 here.
      #expect(weight < 0.1 || kl.lower > 0.3 * weight)
    }
  }

  private func exponential(_ x: Double) -> Double {
    // exp by repeated squaring of a series, so that the test owes nothing to the code's libm path.
    var (scaled, squarings) = (x, 0)
    while abs(scaled) > 1e-3 {
      scaled /= 2
      squarings += 1
    }
    var sum = 1 + scaled * (1 + scaled / 2 * (1 + scaled / 3 * (1 + scaled / 4)))
    for _ in 0..<squarings { sum *= sum }
    return sum
  }
}
