import Glibc

/// Estimation of the mismatch rate by expectation–maximisation over pairs of classes.
///
/// Not the paper's rule: an alternative that stays safe where the source is unrelated. With fixed
/// log densities g0, g1 `(n × K)` of both data sets, classes aligned:
///
///     G_i(u, v) ∝ e^{g0[i][u] + g1[i][v]} π_u ((1 - ε) [u = v] + ε/(K - 1) [u ≠ v])
///     ε ← 1 - mean_i trace G_i,  π_u ← mean_i Σ_v G_i(u, v)
public struct MismatchEstimation: Sendable {
  /// π: class weights of the target.
  public private(set) var weights: [Double]
  /// ε: the share of subjects whose labels differ, within the clamp.
  public private(set) var rate: Double
  /// Σ_i log of the normaliser of G_i under the parameters before the last step.
  public private(set) var logLikelihood = -Double.infinity
  /// Σ_v G_i(u, v): the posterior of the target's label, `(n × K)`.
  public private(set) var posterior: ClassTable
  /// Σ_u G_i(u, v): the posterior of the source's label, `(n × K)`.
  public private(set) var sourcePosterior: ClassTable
  /// Steps taken.
  public private(set) var iterations = 0
  /// Whether the last step moved ε and every weight by at most the tolerance.
  public private(set) var isConverged = false

  /// The range ε is kept to: below 1e-4 it would never move again, above 1 - 1/K mismatching
  /// would be likelier than chance.
  public static func clamp(classes: Int) -> ClosedRange<Double> {
    1e-4...(1 - 1 / Double(max(classes, 2)))
  }

  /// The start: uniform weights and a rate.
  public init(subjects: Int, classes: Int, rate: Double = 0.2) {
    weights = Array(repeating: 1 / Double(classes), count: classes)
    self.rate = rate
    posterior = ClassTable(subjects: subjects, classes: classes)
    sourcePosterior = posterior
  }

  /// The penalty that the rate stands for: log((1 - ε)(K - 1)/ε).
  public var impliedPenalty: Double {
    log((1 - rate) * Double(max(weights.count - 1, 1)) / rate)
  }

  /// One step: the posterior under the present parameters, then new parameters.
  ///
  /// - Returns: the largest change of ε or a weight.
  /// - Complexity: O(n K): the prior has two values only, so the pair table needs no K².
  @discardableResult
  public mutating func step(target: ClassTable, source: ClassTable) -> Double {
    let change = expectation(target: target, source: source)
    iterations += 1
    return change
  }

  /// Steps until nothing moves by more than the tolerance.
  public mutating func run(
    target: ClassTable, source: ClassTable, tolerance: Double = 1e-10, maximumIterations: Int = 2000
  ) {
    while iterations < maximumIterations {
      if step(target: target, source: source) <= tolerance {
        isConverged = true
        break
      }
    }
    // The posterior under the final parameters.
    let (finalWeights, finalRate) = (weights, rate)
    expectation(target: target, source: source)
    (weights, rate) = (finalWeights, finalRate)
  }

  @discardableResult
  private mutating func expectation(target: ClassTable, source: ClassTable) -> Double {
    let classes = target.classes
    let same = 1 - rate
    let other = rate / Double(max(classes - 1, 1))
    var newWeights = [Double](repeating: 0, count: classes)
    var agreement = 0.0
    var total = 0.0
    var a = [Double](repeating: 0, count: classes)  // π_u e^{g0[u] - max g0}
    var b = [Double](repeating: 0, count: classes)  // e^{g1[v] - max g1}
    for subject in 0..<target.subjects {
      let row = subject * classes
      var (highestTarget, highestSource) = (-Double.infinity, -Double.infinity)
      for label in 0..<classes {
        highestTarget = max(highestTarget, target.values[row + label])
        highestSource = max(highestSource, source.values[row + label])
      }
      var (sumA, sumB, diagonal) = (0.0, 0.0, 0.0)
      for label in 0..<classes {
        a[label] = weights[label] * exp(target.values[row + label] - highestTarget)
        b[label] = exp(source.values[row + label] - highestSource)
        sumA += a[label]
        sumB += b[label]
        diagonal += a[label] * b[label]
      }
      let normaliser = other * (sumA * sumB - diagonal) + same * diagonal
      total += log(normaliser) + highestTarget + highestSource
      agreement += same * diagonal / normaliser
      for label in 0..<classes {
        let own = a[label] * (other * (sumB - b[label]) + same * b[label]) / normaliser
        posterior.values[row + label] = own
        sourcePosterior.values[row + label] =
          b[label] * (other * (sumA - a[label]) + same * a[label]) / normaliser
        newWeights[label] += own
      }
    }
    logLikelihood = total
    let count = Double(max(target.subjects, 1))
    let clamp = Self.clamp(classes: classes)
    let newRate = min(max(1 - agreement / count, clamp.lowerBound), clamp.upperBound)
    var change = abs(newRate - rate)
    for label in 0..<classes {
      newWeights[label] /= count
      change = max(change, abs(newWeights[label] - weights[label]))
    }
    weights = newWeights
    rate = newRate
    return change
  }
}
