import Glibc

/// The expectation step that all mixtures share.
package enum MixtureStep {
  /// Responsibilities ∝ weight · density, and Σ_i log Σ_k weight_k density_ik.
  ///
  /// - Parameters:
  ///   - logDensities: `(n × K)`, without class weights.
  ///   - weights: `(K)`.
  /// - Complexity: O(n K).
  package static func expectation(
    _ logDensities: ClassTable, weights: [Double]
  ) -> (responsibilities: ClassTable, logLikelihood: Double) {
    let k = logDensities.classes
    var table = logDensities
    let logWeights = weights.map { $0 > 0 ? log($0) : -Double.infinity }
    var total = 0.0
    table.values.withUnsafeMutableBufferPointer { values in
      for subject in 0..<logDensities.subjects {
        let row = subject * k
        var highest = -Double.infinity
        for label in 0..<k {
          values[row + label] += logWeights[label]
          highest = max(highest, values[row + label])
        }
        var sum = 0.0
        for label in 0..<k {
          values[row + label] = exp(values[row + label] - highest)
          sum += values[row + label]
        }
        for label in 0..<k { values[row + label] /= sum }
        total += highest + log(sum)
      }
    }
    return (table, total)
  }

  /// -log density - log weight: what the joint objective is made of, `(n × K)`.
  package static func negativeLogPosteriors(
    _ logDensities: ClassTable, weights: [Double]
  ) -> ClassTable {
    let k = logDensities.classes
    var table = logDensities
    let logWeights = weights.map(logWeight)
    table.values.withUnsafeMutableBufferPointer { values in
      for subject in 0..<logDensities.subjects {
        for label in 0..<k {
          values[subject * k + label] = -values[subject * k + label] - logWeights[label]
        }
      }
    }
    return table
  }

  /// Finite also for a class that nobody is in.
  static func logWeight(_ weight: Double) -> Double {
    log(max(weight, Double.leastNormalMagnitude))
  }
}

/// What a fit reports beside its parameters.
public struct FitSummary: Sendable, Equatable {
  /// Σ_i log density of the data (for a network: complete log likelihood of its labels).
  public var logLikelihood: Double
  /// -2 log L + parameters · ln n (for a network nothing: see `icl`).
  public var bic: Double
  /// -2 log L + 2 parameters.
  public var aic: Double
  /// BIC plus twice the entropy of the responsibilities; for a network the form of Daudin, Picard
  /// and Robin (2008).
  public var icl: Double
  /// Free parameters.
  public var parameters: Int
  public var iterations: Int
  public var isConverged: Bool
  /// Restarts whose likelihood came within 1e-6 relative of the best.
  public var restartsAgreeing: Int
  public var restarts: Int
  public var warnings: [String]

  /// The criteria of a mixture.
  package init(
    logLikelihood: Double, parameters: Int, responsibilities: ClassTable, iterations: Int,
    isConverged: Bool
  ) {
    self.logLikelihood = logLikelihood
    self.parameters = parameters
    self.iterations = iterations
    self.isConverged = isConverged
    let fit = -2 * logLikelihood
    aic = fit + 2 * Double(parameters)
    bic = fit + Double(parameters) * log(Double(max(responsibilities.subjects, 1)))
    icl = bic + 2 * Self.entropy(responsibilities)
    restartsAgreeing = 1
    restarts = 1
    warnings = []
  }

  /// The criteria of a block model, whose likelihood is that of its labels.
  init(
    completeLogLikelihood: Double, icl: Double, parameters: Int, subjects: Int, iterations: Int,
    isConverged: Bool
  ) {
    logLikelihood = completeLogLikelihood
    self.parameters = parameters
    self.iterations = iterations
    self.isConverged = isConverged
    self.icl = icl
    aic = -2 * completeLogLikelihood + 2 * Double(parameters)
    // The observations of a network are its pairs.
    let pairs = Double(max(subjects * (subjects - 1) / 2, 1))
    bic = -2 * completeLogLikelihood + Double(parameters) * log(pairs)
    restartsAgreeing = 1
    restarts = 1
    warnings = []
  }

  static func entropy(_ responsibilities: ClassTable) -> Double {
    responsibilities.values.reduce(0) { sum, share in share > 0 ? sum - share * log(share) : sum }
  }
}
