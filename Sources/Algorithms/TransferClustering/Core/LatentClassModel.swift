public import Compute
import Glibc

/// A latent class model: within a class the items are independent categorical variables.
///
/// log density of a subject under class k: Σ_{j observed} ln θ_jk[x_ij]. Missing answers are
/// skipped in both steps (missing at random).
public struct LatentClassModel: Sendable, Equatable {
  /// π `(K)`, sums to 1.
  public internal(set) var weights: [Double]
  /// C_j of each item.
  public let categories: [Int]
  /// θ: for each class the probabilities of all items' categories one after the other,
  /// `(K × ΣC_j)` row-major.
  public internal(set) var probabilities: [Double]

  public var classes: Int { weights.count }

  /// K - 1 weights and Σ (C_j - 1) probabilities a class.
  public var parameterCount: Int {
    classes - 1 + classes * categories.reduce(0) { $0 + $1 - 1 }
  }

  /// The probability of a category of an item under a class.
  public func probability(item: Int, label: Int, category: Int) -> Double {
    let start = categories[..<item].reduce(0, +)
    return probabilities[label * categories.reduce(0, +) + start + category]
  }

  /// The parameters for given responsibilities (one M step):
  /// θ = (mass in the category + a)/(observed mass + C_j a).
  ///
  /// - Parameter smoothing: a ≥ 0.
  /// - Complexity: O(n K p).
  public init(_ data: CategoricalItems, responsibilities: ClassTable, smoothing: Double) {
    precondition(data.subjects == responsibilities.subjects, "one row a subject")
    let k = responsibilities.classes
    let width = data.totalCategories
    let offsets = data.offsets
    let items = data.items
    categories = data.categories
    var masses = [Double](repeating: 0, count: k)
    var counts = [Double](repeating: 0, count: k * width)  // (K, ΣC)
    for subject in 0..<data.subjects {
      for label in 0..<k { masses[label] += responsibilities.values[subject * k + label] }
      for item in 0..<items {
        let code = data.codes[subject * items + item]
        guard code != CategoricalItems.missing else { continue }
        let place = offsets[item] + Int(code)
        for label in 0..<k {
          counts[label * width + place] += responsibilities.values[subject * k + label]
        }
      }
    }
    let total = masses.reduce(0, +)
    weights = masses.map { total > 0 ? $0 / total : 1 / Double(k) }
    for label in 0..<k {
      for item in 0..<items {
        let range =
          (label * width + offsets[item])..<(label * width + offsets[item] + categories[item])
        let observed = counts[range].reduce(0, +) + Double(categories[item]) * smoothing
        for place in range {
          // An item that nobody of a class answered says nothing about it.
          counts[place] =
            observed > 0 ? (counts[place] + smoothing) / observed : 1 / Double(categories[item])
        }
      }
    }
    probabilities = counts
  }

  /// ln θ with the K numbers of an answer together: `(ΣC_j × K)`.
  var logProbabilitiesByAnswer: [Double] {
    let k = classes
    let width = probabilities.count / max(k, 1)
    var logs = [Double](repeating: 0, count: k * width)
    for label in 0..<k {
      for place in 0..<width { logs[place * k + label] = log(probabilities[label * width + place]) }
    }
    return logs
  }

  /// log density of each subject under each class, without class weights, `(n × K)`.
  ///
  /// A probability of zero gives -∞ for the subjects that have that answer.
  /// - Complexity: O(n K p).
  public func logDensities(_ data: CategoricalItems) -> ClassTable {
    let k = classes
    let offsets = data.offsets
    let items = data.items
    let logs = logProbabilitiesByAnswer
    var table = ClassTable(subjects: data.subjects, classes: k)
    table.values.withUnsafeMutableBufferPointer { values in
      for subject in 0..<data.subjects {
        for item in 0..<items {
          let code = data.codes[subject * items + item]
          guard code != CategoricalItems.missing else { continue }
          let place = (offsets[item] + Int(code)) * k
          for label in 0..<k { values[subject * k + label] += logs[place + label] }
        }
      }
    }
    return table
  }

  /// The E step.
  public func expectation(
    _ data: CategoricalItems
  ) -> (responsibilities: ClassTable, logLikelihood: Double) {
    MixtureStep.expectation(logDensities(data), weights: weights)
  }

  /// Renames the classes: class k becomes `names[k]`.
  public func renamed(_ names: [Int]) -> LatentClassModel {
    var result = self
    let width = categories.reduce(0, +)
    for (old, new) in names.enumerated() {
      result.weights[new] = weights[old]
      for place in 0..<width {
        result.probabilities[new * width + place] = probabilities[old * width + place]
      }
    }
    return result
  }
}

extension LatentClassModel {
  /// Maximum likelihood by EM from Dirichlet(1) responsibilities; the best of several starts.
  ///
  /// - Throws: `stopped`.
  /// - Complexity: O(restarts · iterations · n K p).
  public static func fit(
    _ data: CategoricalItems, classes: Int, options: FitOptions, stream: UInt64,
    in context: ComputeContext
  ) throws(TransferClusteringError) -> (LatentClassModel, FitSummary) {
    let runs = try context.parallelMap(options.restarts) {
      restart throws(TransferClusteringError) -> FitRun<LatentClassModel> in
      var generator = context.generator(stream: stream &+ UInt64(restart))
      var start = ClassTable(subjects: data.subjects, classes: classes)
      for subject in 0..<data.subjects {
        // Dirichlet(1): normalised exponentials.
        let draws = (0..<classes).map { _ in
          -PortableLogarithm.natural(1 - generator.uniform()) + Double.leastNormalMagnitude
        }
        let sum = draws.reduce(0, +)
        for label in 0..<classes { start[subject, label] = draws[label] / sum }
      }
      let model = LatentClassModel(
        data, responsibilities: start, smoothing: options.latentSmoothing)
      let fit = try model.maximised(data, options: options, in: context.serial)
      do throws(TransferClusteringError) {
        try FitRun<LatentClassModel>.requireNoCollapse(
          fit.0.weights, subjects: data.subjects, family: "lcm")
      } catch {
        return FitRun<LatentClassModel>.failed(error)
      }
      return FitRun.fitted(fit)
    }
    return try FitRun.best(runs)
  }

  /// EM steps from these parameters.
  func maximised(
    _ data: CategoricalItems, options: FitOptions, in context: ComputeContext
  ) throws(TransferClusteringError) -> (LatentClassModel, FitSummary) {
    var model = self
    var iterations = 0
    var isConverged = false
    var (responsibilities, logLikelihood) = model.expectation(data)
    while iterations < options.maximumIterations {
      try context.checkpointForClustering()
      model = LatentClassModel(
        data, responsibilities: responsibilities, smoothing: options.latentSmoothing)
      let before = logLikelihood
      (responsibilities, logLikelihood) = model.expectation(data)
      iterations += 1
      if abs(logLikelihood - before) < options.latentTolerance * Double(max(data.subjects, 1)) {
        isConverged = true
        break
      }
    }
    let summary = FitSummary(
      logLikelihood: logLikelihood, parameters: parameterCount,
      responsibilities: responsibilities, iterations: iterations, isConverged: isConverged)
    return (model, summary)
  }
}
