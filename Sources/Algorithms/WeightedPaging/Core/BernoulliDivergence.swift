#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The Kullback–Leibler divergence of two Bernoulli distributions and its inverses.
public enum BernoulliDivergence {
  /// `kl(p, q) = p ln(p/q) + (1-p) ln((1-p)/(1-q))`, with `0 ln 0 = 0`; `p`, `q` in 0…1.
  /// Infinite when `q` gives no mass to what `p` does.
  public static func value(_ p: Double, _ q: Double) -> Double {
    var sum = 0.0
    if p > 0 { sum += q > 0 ? p * log(p / q) : .infinity }
    if p < 1 { sum += q < 1 ? (1 - p) * (log1p(-p) - log1p(-q)) : .infinity }
    return sum
  }

  /// The least `q <= p` with `kl(p, q) <= budget`; `p` in 0…1, `budget >= 0`.
  ///
  /// Newton on `x = ln q`, in which the divergence is convex and falls up to `ln p`: started left
  /// of the root it climbs to it without passing, so the value returned is never above the root
  /// by more than rounding. Relative accuracy about 1e-13; 4 to 8 steps.
  public static func lowerRoot(_ p: Double, budget: Double) -> Double {
    guard p > 0 else { return 0 }
    guard p < 1 else { return exp(-budget) }
    let logP = log(p)
    let entropy = (1 - p) * log1p(-p)
    // Left starts: the term -(1-p) ln(1-q) >= 0 left out, and Pinsker's kl >= 2 (p-q)^2.
    var x = logP + (entropy - budget) / p
    let pinsker = p - (budget / 2).squareRoot()
    if pinsker > 0 { x = max(x, log(pinsker)) }
    for _ in 0..<64 {
      let complement = -expm1(x)  // 1 - q
      let excess = p * (logP - x) + entropy - (1 - p) * log(complement) - budget
      let slope = (1 - complement - p) / complement
      guard excess > 0, slope < 0 else { break }
      let step = -excess / slope
      x += step
      if step <= 1e-15 * max(1, abs(x)) { break }
    }
    return min(p, exp(x))
  }

  /// The greatest `q >= p` with `kl(p, q) <= budget`, by `kl(p, q) = kl(1-p, 1-q)`. Below 1 for
  /// every `p < 1`, as the exact root is, also where it would round to 1.
  public static func upperRoot(_ p: Double, budget: Double) -> Double {
    guard p < 1 else { return 1 }
    guard p > 0 else { return -expm1(-budget) }
    let root = 1 - lowerRoot(1 - p, budget: budget)
    return max(p, min(root, 1.0.nextDown))
  }
}
