import Dualization
import Testing

struct ZolotarevStepTests {
  /// M (x + a x/(x² + c)) is the Halley step x (a + b x²)/(1 + c x²), up to its own normalisation.
  @Test(arguments: [0.5, 0.1, 1e-3, 1e-6, 1e-12])
  func oneHalleyStepIsTheStepWithOnePole(lower: Double) {
    let step = ZolotarevStep(lower: lower, poles: 1)
    let halley = HalleyWeights(lower: lower)
    #expect(abs(step.poles[0].shift * halley.c - 1) < 1e-6)
    #expect(abs(step.lowerAfter / halley.lowerAfter - 1) < 1e-6)
    for x in [lower, 0.3, 0.9, 1] {
      let wanted = x * (halley.a + halley.b * x * x) / (1 + halley.c * x * x)
      #expect(abs(step.value(at: x) / wanted - 1) < 1e-6, "at \(x)")
    }
  }

  @Test(arguments: [1e-7, 1e-3, 0.2, 0.9], [1, 2, 3, 4])
  func mapsTheIntervalIntoItsPromise(lower: Double, poles: Int) {
    let step = ZolotarevStep(lower: lower, poles: poles)
    #expect(step.degree == 2 * poles + 1)
    #expect(step.lowerAfter > lower)
    // Points spread evenly on a logarithmic scale by repeated multiplication.
    var x = 1.0
    var (least, most) = (Double.infinity, 0.0)
    while x > lower {
      let value = step.value(at: x)
      (least, most) = (min(least, value), max(most, value))
      x *= 0.999
    }
    #expect(least >= step.lowerAfter * (1 - 1e-9))
    #expect(most <= 1 + 1e-9)
    // The deviation is reached at both ends: the best approximation oscillates.
    #expect(least <= step.lowerAfter * (1 + 1e-3))
    #expect(most >= 1 - 1e-9)
  }

  @Test(arguments: [1e-7, 1e-6, 2e-4, 0.4], [1e-3, 6e-8, 1e-13])
  func aPlanReachesItsTolerance(lower: Double, tolerance: Double) {
    let steps = ZolotarevStep.plan(lower: lower, tolerance: tolerance)
    #expect((1...5).contains(steps.count))
    var low = lower
    for step in steps {
      #expect(step.lowerBefore == low)
      low = step.lowerAfter
    }
    #expect((1 - low) / (1 + low) <= tolerance)
  }
}
