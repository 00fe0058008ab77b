#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How samples become bounds (specs/paging.md, section 2).
public enum ConfidenceRule: String, Sendable, CaseIterable {
  /// Chernoff's bound inverted exactly; its interval lies inside the paper's (Pinsker).
  case kl
  /// Hoeffding radii: arXiv 2410.21266, Appendix C, Algorithm 4.
  case paper
}

/// What the width of a confidence interval depends on besides the samples.
public struct ConfidenceScale: Sendable, Equatable {
  /// `n`, at least the number of pages.
  public let pages: Double
  /// `T`, at least the number of requests.
  public let horizon: Double
  /// `Lg = c ln(4 n^3 T^3)`; `c = 1` is the proven choice.
  public let logTerm: Double
  /// `1 / (2 n^2 T)`: a first sample times this is below the weight with the proof's probability.
  public let firstFactor: Double

  /// - Parameters:
  ///   - pages: `n >= 1`.
  ///   - horizon: `T >= 1`.
  ///   - confidence: `c` in (0, 1], multiplies the logarithm.
  public init(pages: Double, horizon: Double, confidence: Double = 1) {
    precondition(pages >= 1 && horizon >= 1 && confidence > 0 && confidence <= 1)
    self.pages = pages
    self.horizon = horizon
    logTerm = confidence * (log(4) + 3 * (log(pages) + log(horizon)))
    firstFactor = 1 / (2 * pages * pages * horizon)
  }
}

/// The weight of one page as its samples tell it: mean, and an interval that holds the weight
/// with the probability of section 2. Relative to the scale `W`, so everything lies in (0, 1].
public struct ConfidenceBounds: Sendable, Equatable {
  /// Samples applied.
  public internal(set) var count = 0
  /// Mean of the samples applied, 0 before the first.
  public internal(set) var mean = 0.0
  /// LCB; 0 before the first sample.
  public internal(set) var lower = 0.0
  /// UCB; 1 before it is known better.
  public internal(set) var upper = 1.0

  public init() {}

  /// A weight known from the start: both bounds equal it.
  public init(known weight: Double) {
    mean = weight
    lower = weight
    upper = weight
  }

  /// Applies one sample in (0, 1]. The interval only shrinks. A few hundred nanoseconds.
  public mutating func add(_ sample: Double, rule: ConfidenceRule, scale: ConfidenceScale) {
    count += 1
    mean += (sample - mean) / Double(count)
    if count == 1 { lower = max(lower, sample * scale.firstFactor) }
    tighten(rule: rule, scale: scale)
  }

  /// The interval anew from `(count, mean)` alone, after the scale `W` has grown by `factor`.
  ///
  /// The floor `mean / (2 n^2 T)` keeps LCB positive: by Markov's inequality the mean exceeds
  /// `2 n^2 T` times the weight with probability at most `1 / (2 n^2 T)`, as for a first sample.
  mutating func rescale(by factor: Double, rule: ConfidenceRule, scale: ConfidenceScale) {
    mean /= factor
    guard count > 0 else {
      lower /= factor
      // A known weight; of a page never sampled nothing is known, which is 1 for any scale.
      if mean > 0 { upper /= factor }
      return
    }
    lower = mean * scale.firstFactor
    upper = 1
    tighten(rule: rule, scale: scale)
  }

  private mutating func tighten(rule: ConfidenceRule, scale: ConfidenceScale) {
    switch rule {
    case .paper:
      guard count > 1 else { return }
      let radius = (scale.logTerm / (2 * Double(count))).squareRoot()
      lower = max(lower, mean - radius)
      upper = min(upper, mean + radius)
    case .kl:
      let budget = scale.logTerm / Double(count)
      let p = min(max(mean, 0), 1)
      // One divergence tells whether the root would tighten the bound at all.
      if lower < p, BernoulliDivergence.value(p, lower) > budget {
        lower = max(lower, BernoulliDivergence.lowerRoot(p, budget: budget))
      }
      if upper > p, BernoulliDivergence.value(p, upper) > budget {
        upper = min(upper, BernoulliDivergence.upperRoot(p, budget: budget))
      }
    }
  }
}
