public import Compute
public import LinearAlgebra

extension GaussianMixture {
  /// Maximum likelihood by expectation–maximisation from k-means starts.
  ///
  /// Each restart: k-means++, Lloyd to a fixed point, its labels as responsibilities, then EM. The
  /// restart of the best likelihood is kept.
  ///
  /// - Parameters:
  ///   - points: x `(n × d)`, finite, n ≥ K.
  ///   - stream: the first of `restarts` random streams of the context's seed.
  /// - Throws: `singularCovariance` where every restart ends in one; `stopped`.
  /// - Complexity: O(restarts · iterations · n K d²) for tied and full.
  public static func fit(
    _ points: Matrix<Double>, classes: Int, form: CovarianceForm, options: FitOptions,
    stream: UInt64, in context: ComputeContext
  ) throws(TransferClusteringError) -> (GaussianMixture, FitSummary) {
    let ridge = options.relativeRidge * meanVariance(points)
    let runs = try context.parallelMap(options.restarts) {
      restart throws(TransferClusteringError) in
      do throws(TransferClusteringError) {
        return FitRun.fitted(
          try fitOnce(
            points, classes: classes, form: form, ridge: ridge, options: options,
            stream: stream &+ UInt64(restart), in: context.serial))
      } catch {
        // One bad start is no failure while another one ends well.
        if case .stopped = error { throw error }
        return FitRun.failed(error)
      }
    }
    return try FitRun.best(runs)
  }

  private static func fitOnce(
    _ points: Matrix<Double>, classes: Int, form: CovarianceForm, ridge: Double,
    options: FitOptions, stream: UInt64, in context: ComputeContext
  ) throws(TransferClusteringError) -> (GaussianMixture, FitSummary) {
    let start: KMeans
    do throws(ComputationStopped) {
      start = try KMeans(points, classes: classes, restarts: 1, stream: stream, in: context)
    } catch {
      throw .stopped(error)
    }
    let mixture = GaussianMixture(
      points, responsibilities: ClassTable(hard: start.labels, classes: classes), form: form,
      ridge: ridge)
    let fit = try mixture.maximised(points, ridge: ridge, options: options, in: context)
    try FitRun<GaussianMixture>.requireNoCollapse(
      fit.0.weights, subjects: points.rows, family: "gmm")
    return fit
  }
}

extension GaussianMixture {
  /// EM steps from these parameters until the mean log likelihood moves by less than the tolerance.
  func maximised(
    _ points: Matrix<Double>, ridge: Double, options: FitOptions, in context: ComputeContext
  ) throws(TransferClusteringError) -> (GaussianMixture, FitSummary) {
    var mixture = self
    var before = -Double.infinity
    var iterations = 0
    var isConverged = false
    var (responsibilities, logLikelihood) = try mixture.expectation(points)
    while iterations < options.maximumIterations {
      try context.checkpointForClustering()
      mixture = GaussianMixture(
        points, responsibilities: responsibilities, form: form, ridge: ridge)
      before = logLikelihood
      (responsibilities, logLikelihood) = try mixture.expectation(points)
      iterations += 1
      if abs(logLikelihood - before) < options.mixtureTolerance * Double(max(points.rows, 1)) {
        isConverged = true
        break
      }
    }
    let summary = FitSummary(
      logLikelihood: logLikelihood, parameters: parameterCount,
      responsibilities: responsibilities, iterations: iterations, isConverged: isConverged)
    return (mixture, summary)
  }

  /// The E step: responsibilities `(n × K)` and log likelihood under these parameters.
  public func expectation(
    _ points: Matrix<Double>
  ) throws(TransferClusteringError) -> (responsibilities: ClassTable, logLikelihood: Double) {
    MixtureStep.expectation(
      try GaussianDensity(self).logDensities(points), weights: weights)
  }

  /// log density of each point under each class, without class weights, `(n × K)`.
  public func logDensities(
    _ points: Matrix<Double>
  ) throws(TransferClusteringError) -> ClassTable {
    try GaussianDensity(self).logDensities(points)
  }

  /// The variance of a coordinate, averaged over the coordinates; 1 for constant data, so that the
  /// ridge never vanishes.
  static func meanVariance(_ points: Matrix<Double>) -> Double {
    let (n, d) = (points.rows, points.columns)
    guard n > 0, d > 0 else { return 1 }
    let means = KMeans.means(points, Array(repeating: 0, count: n), classes: 1)
    var sum = 0.0
    points.withElements { x in
      means.withElements { m in
        for subject in 0..<n {
          for column in 0..<d {
            let difference = x[subject * d + column] - m[column]
            sum += difference * difference
          }
        }
      }
    }
    return sum > 0 ? sum / Double(n * d) : 1
  }
}

extension ComputeContext {
  /// A checkpoint with progress in this room's errors.
  func checkpointForClustering(
    step: Int, of total: Int, _ what: String
  ) throws(TransferClusteringError) {
    do throws(ComputationStopped) {
      try checkpoint(
        Double(step) / Double(max(total, 1)), step: step, of: total,
        message: "\(what) \(step) of \(total)")
    } catch {
      throw .stopped(error)
    }
  }

  /// `checkpoint()` in this room's errors.
  func checkpointForClustering() throws(TransferClusteringError) {
    do throws(ComputationStopped) {
      try checkpoint()
    } catch {
      throw .stopped(error)
    }
  }
}

/// The outcome of one restart.
enum FitRun<Model: Sendable>: Sendable {
  case fitted((Model, FitSummary))
  case failed(TransferClusteringError)

  /// Fewer classes than asked for are never returned as if they were all.
  ///
  /// - Throws: `classCollapsed` for the first class that no subject has a share in.
  static func requireNoCollapse(
    _ weights: [Double], subjects: Int, family: String
  ) throws(TransferClusteringError) {
    if let label = weights.firstIndex(where: { !($0 * Double(subjects) > 1e-8) }) {
      throw .classCollapsed(label: label, family: family)
    }
  }

  /// The restart of the best likelihood, the first of equals.
  ///
  /// - Throws: the first failure, where every restart failed.
  static func best(_ runs: [FitRun]) throws(TransferClusteringError) -> (Model, FitSummary) {
    var best: (Model, FitSummary)?
    var failure: TransferClusteringError?
    var likelihoods: [Double] = []
    for run in runs {
      switch run {
      case .fitted(let fit):
        likelihoods.append(fit.1.logLikelihood)
        if let leader = best, leader.1.logLikelihood >= fit.1.logLikelihood { continue }
        best = fit
      case .failed(let error):
        failure = failure ?? error
      }
    }
    guard var best else {
      throw failure ?? .notConverged(routine: "no restart was asked for")
    }
    let near = best.1.logLikelihood - 1e-6 * max(abs(best.1.logLikelihood), 1)
    best.1.restartsAgreeing = likelihoods.count { $0 >= near }
    best.1.restarts = runs.count
    return best
  }
}
