public import Compute
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
    let change = expectation(PairDensities(target, source))
    iterations += 1
    return change
  }

  /// Steps until nothing moves by more than the tolerance.
  ///
  /// - Throws: when the context asks to stop.
  public mutating func run(
    target: ClassTable, source: ClassTable, tolerance: Double = 1e-10,
    maximumIterations: Int = 2000, in context: ComputeContext = ComputeContext()
  ) throws(ComputationStopped) {
    let densities = PairDensities(target, source)
    while iterations < maximumIterations {
      try context.checkpoint()
      let change = expectation(densities)
      iterations += 1
      if change <= tolerance {
        isConverged = true
        break
      }
    }
    // The posterior under the final parameters.
    let (finalWeights, finalRate) = (weights, rate)
    expectation(densities)
    (weights, rate) = (finalWeights, finalRate)
  }

  /// e^{g0 - max g0} and e^{g1 - max g1} `(n × K)`: what does not change from step to step.
  private struct PairDensities {
    let target: ClassTable
    let source: ClassTable
    /// Σ_i max g0 + max g1.
    let logScale: Double

    init(_ target: ClassTable, _ source: ClassTable) {
      var scale = 0.0
      self.target = Self.scaled(target, &scale)
      self.source = Self.scaled(source, &scale)
      logScale = scale
    }

    private static func scaled(_ densities: ClassTable, _ logScale: inout Double) -> ClassTable {
      let k = densities.classes
      var table = densities
      table.values.withUnsafeMutableBufferPointer { values in
        for subject in 0..<densities.subjects {
          let row = subject * k
          var highest = -Double.infinity
          for label in 0..<k { highest = max(highest, values[row + label]) }
          // No class at all explains this subject: it says nothing.
          if highest == -.infinity { highest = 0 }
          logScale += highest
          for label in 0..<k { values[row + label] = exp(values[row + label] - highest) }
        }
      }
      return table
    }
  }

  @discardableResult
  private mutating func expectation(_ densities: PairDensities) -> Double {
    let k = weights.count
    let same = 1 - rate
    let other = rate / Double(max(k - 1, 1))
    // A weight of zero would make what only its class explains impossible.
    let priors = weights.map { max($0, 1e-100) }
    var newWeights = [Double](repeating: 0, count: k)
    var agreement = 0.0
    var total = densities.logScale
    let subjects = densities.target.subjects
    densities.target.values.withUnsafeBufferPointer { g0 in
      densities.source.values.withUnsafeBufferPointer { b in
        posterior.values.withUnsafeMutableBufferPointer { own in
          sourcePosterior.values.withUnsafeMutableBufferPointer { others in
            for row in stride(from: 0, to: subjects * k, by: k) {
              var (sumA, sumB, diagonal) = (0.0, 0.0, 0.0)
              for label in 0..<k {
                let a = priors[label] * g0[row + label]
                sumA += a
                sumB += b[row + label]
                diagonal += a * b[row + label]
              }
              let normaliser = max(
                other * (sumA * sumB - diagonal) + same * diagonal, .leastNormalMagnitude)
              total += log(normaliser)
              agreement += same * diagonal / normaliser
              for label in 0..<k {
                let (a, b) = (priors[label] * g0[row + label], b[row + label])
                let share = a * (other * (sumB - b) + same * b) / normaliser
                own[row + label] = share
                others[row + label] = b * (other * (sumA - a) + same * a) / normaliser
                newWeights[label] += share
              }
            }
          }
        }
      }
    }
    logLikelihood = total
    let count = Double(max(subjects, 1))
    let clamp = Self.clamp(classes: k)
    let newRate = min(max(1 - agreement / count, clamp.lowerBound), clamp.upperBound)
    var change = abs(newRate - rate)
    for label in 0..<k {
      newWeights[label] /= count
      change = max(change, abs(newWeights[label] - weights[label]))
    }
    weights = newWeights
    rate = newRate
    return change
  }
}
