import Compute
import LinearAlgebra
import TestSupport
import Testing
import TransferClustering

/// The law firm of specs/cluster.md, section 4.1: years with the firm, helped by the network of
/// co-workers.
@Suite struct LazegaTests {
  static func table(_ name: String) -> [[Double]] {
    let text = SharedFiles.bytes("data/lazega/\(name).csv").map {
      String(decoding: $0, as: UTF8.self)
    }
    return (text ?? "").split(whereSeparator: \.isNewline).dropFirst().map { line in
      line.split(separator: ",").compactMap { Double($0) }
    }
  }

  @Test(.enabled(if: SharedFiles.has("data/lazega/bench66_nodes.csv"), "../shared is not here"))
  func adaptiveLabelsAreBetterThanTheTargetAlone() throws {
    let nodes = Self.table("bench66_nodes")
    let edges = Self.table("bench66_edges").map { (Int($0[0]), Int($0[1])) }
    let truth = nodes.map { Int($0[3]) }
    let target = SubjectData.points(
      Matrix(rows: nodes.count, columns: 1, elements: nodes.map { $0[2] }), .full)
    let source = SubjectData.network(Network(nodes: nodes.count, edges: edges), .full)
    var options = TransferOptions(classes: 2...2)
    options.rule = .bootstrap(
      replicates: 1000, quantile: 0.9, grid: (0..<100).map { 0.2 * Double($0) })
    var errors: [Int] = []
    for seed in 1...5 {
      let result = try AdaptiveTransfer.run(
        target: target, source: source, options: options,
        in: ComputeContext(seed: UInt64(seed)))
      errors.append(LabelComparison(result.labels, truth, classes: 2).errors)
      #expect(LabelComparison(result.targetOnlyLabels, truth, classes: 2).errors == 10)
    }
    #expect(errors.count { $0 <= 6 } >= 4, "wrong of 66: \(errors)")
  }
}
