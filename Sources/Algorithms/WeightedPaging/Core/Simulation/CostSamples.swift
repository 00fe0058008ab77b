import Compute

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How the measured costs of a simulation scatter around a page's true weight w; all have mean w
/// (up to the clamp of samples to at least 1e-12 of the scale).
public enum CostSamples: Sendable, Equatable {
  /// Always w.
  case exact
  /// The scale W with probability w/W, else (nearly) nothing: the widest there is.
  case bernoulli
  /// Uniform in `w (1 ± spread)`, spread in (0, 1].
  case uniform(spread: Double)
  /// `w (1 - spread)` or `w (1 + spread)`, each half the time; spread in (0, 1).
  case twoPoint(spread: Double)
  /// W times Beta(c w/W, c (1 - w/W)) with concentration c > 0.
  case beta(concentration: Double)

  func draw(_ weight: Double, scale: Double, random: inout RandomGenerator) -> Double {
    let least = scale * 1e-12
    switch self {
    case .exact: return weight
    case .bernoulli: return random.uniform() * scale < weight ? max(scale, weight) : least
    case .uniform(let spread):
      return max(least, weight * (1 + spread * (2 * random.uniform() - 1)))
    case .twoPoint(let spread):
      return max(least, weight * (random.uniform() < 0.5 ? 1 - spread : 1 + spread))
    case .beta(let concentration):
      let mean = min(1, weight / scale)
      guard mean < 1 else { return weight }
      let a = Self.gamma(concentration * mean, &random)
      let b = Self.gamma(concentration * (1 - mean), &random)
      return max(least, a + b > 0 ? scale * a / (a + b) : least)
    }
  }

  /// Gamma(shape, 1). Source: Marsaglia, Tsang, "A simple method for generating gamma variables",
  /// ACM TOMS 26 (2000); shapes below 1 by its section 6.
  private static func gamma(_ shape: Double, _ random: inout RandomGenerator) -> Double {
    if shape < 1 {
      let boost = pow(1 - random.uniform(), 1 / shape)
      return gamma(shape + 1, &random) * boost
    }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = random.normal()
      let v = (1 + c * x) * (1 + c * x) * (1 + c * x)
      guard v > 0 else { continue }
      let u = 1 - random.uniform()
      if log(u) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
    }
  }
}
