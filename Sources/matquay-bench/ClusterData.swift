import ArgumentParser
import Compute
import LinearAlgebra
import TransferClustering

/// Transfer clustering on the two real data sets of specs/cluster.md, section 4.1: the law firm over
/// five seeds, the business network under every likelihood and covariance that suits it.
struct ClusterData: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cluster-data",
    abstract: "Transfer clustering's errors on the law firm and the business network.")

  @OptionGroup var options: BenchOptions

  @Option(help: "The folder with lazega and brn.")
  var data = "../shared/data"

  @Option(help: "Threads.")
  var threads = 2

  func run() throws {
    let pool = ComputePool(threads: threads, niceness: 0)
    defer { pool.shutdown() }
    var figures = Figures("cluster-data")
    try lawFirm(pool, &figures)
    try businessNetwork(pool, &figures)
    try figures.report(options)
  }

  /// Rows of numbers of a file with a head line; no rows where it is not there.
  private func table(_ name: String) -> [[Double]] {
    (FileText.text("\(data)/\(name).csv") ?? "").split(whereSeparator: \.isNewline).dropFirst()
      .map { line in line.split(separator: ",").compactMap { Double($0) } }
  }

  private func lawFirm(_ pool: ComputePool, _ figures: inout Figures) throws {
    let nodes = table("lazega/bench66_nodes")
    guard !nodes.isEmpty else { return figures.note("left out: \(data)/lazega is not here") }
    let edges = table("lazega/bench66_edges").map { (Int($0[0]), Int($0[1])) }
    let truth = nodes.map { Int($0[3]) }
    var options = TransferOptions(classes: 2...2)
    options.rule = .bootstrap(
      replicates: 1000, quantile: 0.9, grid: (0..<100).map { 0.2 * Double($0) })
    for seed in 1...5 {
      let result = try AdaptiveTransfer.run(
        target: .points(
          Matrix(rows: nodes.count, columns: 1, elements: nodes.map { $0[2] }), .full),
        source: .network(Network(nodes: nodes.count, edges: edges), .full), options: options,
        in: ComputeContext(seed: UInt64(seed), executor: pool.executor(width: threads)))
      func wrong(_ labels: [Int]?) -> Double {
        labels.map { Double(LabelComparison($0, truth, classes: 2).errors) } ?? .nan
      }
      figures.add("lazega_\(seed)_target_only", wrong(result.targetOnlyLabels), "of 66")
      figures.add("lazega_\(seed)_pooled", wrong(result.pooledLabels), "of 66")
      figures.add("lazega_\(seed)_adaptive", wrong(result.labels), "of 66")
    }
  }

  private func businessNetwork(_ pool: ComputePool, _ figures: inout Figures) throws {
    let features = table("brn/features").map { Array($0.dropFirst()) }
    guard !features.isEmpty else { return figures.note("left out: \(data)/brn is not here") }
    let edges = table("brn/edges").map { (Int($0[0]), Int($0[1])) }
    let truth = table("brn/labels").map { Int($0[1]) }
    let context = ComputeContext(seed: 1, executor: pool.executor(width: threads))
    for likelihood in NetworkLikelihood.allCases {
      for form in [CovarianceForm.spherical, .diag, .full] {
        let name = "brn_\(likelihood.rawValue)_\(form.rawValue)"
        for (rule, rules) in Self.rules {
          var options = TransferOptions(classes: 5...5)
          options.rule = rules
          let result = try AdaptiveTransfer.run(
            target: .network(Network(nodes: truth.count, edges: edges), likelihood),
            source: .points(Matrix(features), form), options: options, in: context)
          func add(_ part: String, _ labels: [Int]?) {
            guard let labels else { return }
            let found = LabelComparison(labels, truth, classes: 5)
            figures.add("\(name)_\(part)", Double(found.errors) / Double(truth.count), "")
            figures.add("\(name)_\(part)_ami", found.adjustedMutualInformation, "")
          }
          if rule == "bootstrap" {
            add("target_only", result.targetOnlyLabels)
            add("pooled", result.pooledLabels)
          }
          add(rule, result.labels)
        }
      }
    }
    figures.note("business network: shares of 312 in the wrong class of 5; reported, not a bar")
  }

  private static let rules: [(String, SelectionRule)] = [
    (
      "bootstrap",
      .bootstrap(replicates: 100, quantile: 0.9, grid: (0..<20).map { 3 * Double($0) })
    ),
    ("em", .mismatchRate), ("joint", .joint),
  ]
}
