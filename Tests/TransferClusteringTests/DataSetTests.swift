import Compute
import JSON
import LinearAlgebra
import TestSupport
import Testing
import TransferClustering

/// Accuracy on the oracle's data sets: every `must` bound, and `stretch` for the selections by
/// expectation–maximisation.
@Suite struct DataSetTests {
  static let file: JSONValue? = SharedFiles.bytes("reference/cluster/datasets.json").flatMap {
    try? JSONValue.parse($0)
  }

  @Test(
    .enabled(if: ReferenceFile.isHere("datasets"), "../shared is not here"),
    arguments: ReferenceFile.cases("datasets", "sets"))
  func keepsToTheBounds(_ set: ReferenceCase) throws {
    let k = set["k"]?.integer ?? 2
    let truth = (set["true_target"]?.stringValue ?? "").utf8.map { Int($0) - 48 }
    let target = try #require(set["target"]).subjectData
    let source = try #require(set["source"]).subjectData
    let grid = Self.file?["lambdas"]?.numbers ?? []
    var options = TransferOptions(classes: k...k)
    let context = ComputeContext(seed: 7)
    func share(_ labels: [Int]) -> Double {
      Double(LabelComparison(labels, truth, classes: k).errors) / Double(truth.count)
    }
    let must = try #require(set["must"])
    options.rule = .bootstrap(
      replicates: Self.file?["bootstrap"]?.integer ?? 200, quantile: 0.9, grid: grid)
    let result = try AdaptiveTransfer.run(
      target: target, source: source, options: options, in: context)
    #expect(share(result.targetOnlyLabels) <= must["target_only_max"]?.number ?? 1)
    #expect(share(try #require(result.pooledLabels)) <= must["pooled_max"]?.number ?? 1)
    #expect(share(result.labels) <= must["adaptive_max"]?.number ?? 1)
    let stretch = try #require(set["stretch"])
    options.rule = .mismatchRate
    let estimated = try AdaptiveTransfer.run(
      target: target, source: source, options: options, in: context)
    #expect(share(estimated.labels) <= stretch["coupling_em_max"]?.number ?? 1)
    options.rule = .joint
    let joint = try AdaptiveTransfer.run(
      target: target, source: source, options: options, in: context)
    #expect(share(joint.labels) <= stretch["joint_em_max"]?.number ?? 1)
  }
}

extension JSONValue {
  /// A data set in the form of datasets.json.
  fileprivate var subjectData: SubjectData {
    switch self["family"]?.stringValue {
    case "gmm":
      let form = CovarianceForm(rawValue: self["covariance"]?.stringValue ?? "full") ?? .full
      return .points(self["x"]?.matrix ?? Matrix(rows: 0, columns: 0), form)
    case "lcm":
      let rows = (self["x"]?.arrayValue ?? []).compactMap(\.stringValue)
      return .items(
        CategoricalItems(
          subjects: rows.count, categories: self["categories"]?.integers ?? [],
          codes: rows.flatMap { row in
            row.utf8.map { $0 == 46 ? CategoricalItems.missing : Int32($0) - 48 }
          }))
    default:
      let above = (self["neighbours_above"]?.arrayValue ?? []).map(\.integers)
      let edges = above.enumerated().flatMap { node, others in others.map { (node, $0) } }
      return .network(Network(nodes: above.count, edges: edges), .full)
    }
  }
}
