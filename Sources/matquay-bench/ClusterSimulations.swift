import ArgumentParser
import Compute
import TransferClustering

/// Errors on the paper's simulations beside those of the authors' code, and whether an unrelated
/// source harms.
struct ClusterSimulations: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cluster-simulations",
    abstract: "Transfer clustering's errors on the paper's simulations.")

  @OptionGroup var options: BenchOptions

  @Option(help: "Data sets of each setting.")
  var replications = 40

  @Option(help: "Threads.")
  var threads = 2

  @Option(help: "Seed of the data.")
  var seed: UInt64 = 1

  /// A cell of specs/cluster.md, section 4.2: mean errors of the authors' code (full covariance)
  /// over so many data sets, with B bootstrap replicates and quantile 0.9.
  private struct Cell {
    let setting: SimulatedPair.Setting
    let mismatch: Double
    let bootstrap: Int
    let count: Double
    let target: Double
    let pooled: Double
    let adaptive: Double
  }

  private static let cells = [
    cell(.gmmGMM, 0, 100, 12, 0.137, 0.065, 0.081),
    cell(.gmmGMM, 0.1, 100, 12, 0.137, 0.112, 0.104),
    cell(.gmmGMM, 0.3, 100, 12, 0.137, 0.207, 0.141),
    cell(.sbmGMM, 0, 60, 10, 0.064, 0.082, 0.062),
    cell(.sbmGMM, 0.3, 60, 10, 0.064, 0.105, 0.065),
    cell(.gmmSBM, 0, 60, 10, 0.202, 0.010, 0.105),
    cell(.gmmSBM, 0.1, 60, 10, 0.193, 0.102, 0.128),
    cell(.gmmSBM, 0.3, 60, 10, 0.197, 0.287, 0.195),
    cell(.lcmGMM, 0.1, 60, 12, 0.292, 0.271, 0.253),
    cell(.lcmLCM, 0.1, 60, 12, 0.247, 0.264, 0.237),
  ]

  private static func cell(
    _ setting: SimulatedPair.Setting, _ mismatch: Double, _ bootstrap: Int, _ count: Double,
    _ target: Double, _ pooled: Double, _ adaptive: Double
  ) -> Cell {
    Cell(
      setting: setting, mismatch: mismatch, bootstrap: bootstrap, count: count, target: target,
      pooled: pooled, adaptive: adaptive)
  }

  /// Errors of each rule on one data set.
  private struct Errors: Sendable {
    var target = 0.0
    var pooled = 0.0
    var adaptive = 0.0
    var rate = 0.0
  }

  func run() throws {
    let pool = ComputePool(threads: threads, niceness: 0)
    defer { pool.shutdown() }
    let context = ComputeContext(seed: 1, executor: pool.executor(width: threads))
    var figures = Figures("cluster-simulations")
    for (index, cell) in Self.cells.enumerated() {
      let errors = try measured(
        cell.setting, cell.mismatch, .full, cell.bootstrap, stream: UInt64(index), context)
      let name = "\(cell.setting.rawValue)_\(cell.mismatch)"
      add(name + "_target", errors.map(\.target), cell.target, cell.count, &figures)
      add(name + "_pooled", errors.map(\.pooled), cell.pooled, cell.count, &figures)
      add(name + "_adaptive", errors.map(\.adaptive), cell.adaptive, cell.count, &figures)
    }
    for setting in SimulatedPair.Setting.allCases {
      for covariance in [CovarianceForm.full, .spherical]
      where covariance == .full || setting != .lcmLCM {
        let errors = try measured(
          setting, 0.5, covariance, 0, stream: 100 + UInt64(setting.subjects), context)
        figures.add(
          "\(setting.rawValue)_0.5_\(covariance.rawValue)_em_minus_target",
          errors.map { $0.rate - $0.target }.mean, "")
      }
    }
    figures.note(
      "errors of \(replications) data sets a cell; a z is our mean less that of the authors' code "
        + "over the standard error of the two means")
    figures.note("_em_minus_target: selection em less the target alone, unrelated source")
    try figures.report(options)
  }

  /// Our mean, and how many standard errors it is above the authors'.
  private func add(
    _ name: String, _ errors: [Double], _ reference: Double, _ count: Double,
    _ figures: inout Figures
  ) {
    let error = errors.deviation * (1 / Double(errors.count) + 1 / count).squareRoot()
    figures.add(name, errors.mean, "")
    figures.add(name + "_reference", reference, "")
    figures.add(name + "_z", error > 0 ? (errors.mean - reference) / error : 0, "")
  }

  /// No bootstrap where there are to be no replicates.
  private func measured(
    _ setting: SimulatedPair.Setting, _ mismatch: Double, _ covariance: CovarianceForm,
    _ bootstrap: Int, stream: UInt64, _ context: ComputeContext
  ) throws -> [Errors] {
    let grid = (0..<67).map { 0.3 * Double($0) }
    return try (0..<replications).map { replication in
      var generator = RandomGenerator(seed: seed, stream: stream << 32 | UInt64(replication))
      let pair = SimulatedPair(
        setting, mismatch: mismatch, covariance: covariance, &generator)
      func share(_ labels: [Int]?) -> Double {
        guard let labels else { return .nan }
        return Double(LabelComparison(labels, pair.truth, classes: 2).errors)
          / Double(labels.count)
      }
      func result(_ rule: SelectionRule) throws -> TransferResult {
        var options = TransferOptions(classes: 2...2)
        options.rule = rule
        return try AdaptiveTransfer.run(
          target: pair.target, source: pair.source, options: options, in: context)
      }
      let rate = try result(.mismatchRate)
      var errors = Errors(
        target: share(rate.targetOnlyLabels), pooled: share(rate.pooledLabels),
        rate: share(rate.labels))
      if bootstrap > 0 {
        errors.adaptive = share(
          try result(.bootstrap(replicates: bootstrap, quantile: 0.9, grid: grid)).labels)
      }
      return errors
    }
  }
}

extension [Double] {
  fileprivate var mean: Double { reduce(0, +) / Double(Swift.max(count, 1)) }

  /// Standard deviation, over n - 1.
  fileprivate var deviation: Double {
    let mean = mean
    let squares = reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(Swift.max(count - 1, 1))).squareRoot()
  }
}
