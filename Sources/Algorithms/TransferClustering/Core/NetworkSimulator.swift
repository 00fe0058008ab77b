package import Compute
import Glibc
import LinearAlgebra

/// Draws from a block model, told as costs: the network itself is never built, only the sums A* R
/// over the neighbours of each node, R being the classes that the fitted model reads a node's
/// neighbours with. (These are parameters of the fit, and no parameter is fitted again in a
/// replicate; with the replicate's own labels instead, a network whose labels the target does not
/// share would look far better than it is.)
package struct NetworkSimulator: Sendable {
  private let model: BlockModel
  /// The nodes of each class that is drawn for.
  private let members: [[Int32]]
  /// The class of each node in R, where R is hard.
  private let readAs: [Int32]?
  private let tables: BlockModel.LogTables

  /// Above this edge probability each pair is asked on its own: a word and a comparison cost less
  /// than the logarithm of a jump over `1/probability` pairs.
  private static let denseProbability = 0.1

  package init(_ model: BlockModel, labels: [Int]) {
    self.model = model
    var members = [[Int32]](repeating: [], count: model.classes)
    for (node, label) in labels.enumerated() { members[label].append(Int32(node)) }
    self.members = members
    readAs =
      model.responsibilities.values.allSatisfy { $0 == 0 || $0 == 1 }
      ? model.responsibilities.largest().map { Int32($0) } : nil
    tables = model.logTables
  }

  /// -log density - log weight of a fresh draw, `(n × K)`.
  ///
  /// - Complexity: O(K² + n K² + edges K), or O(pairs) words in blocks that are dense.
  func costs(
    _ stream: inout DrawStream, in context: ComputeContext
  ) throws(TransferClusteringError) -> ClassTable {
    MixtureStep.negativeLogPosteriors(
      model.logDensities(neighbourSums: try neighbourSums(&stream, in: context), tables),
      weights: model.weights)
  }

  /// A* R `(n × K)`.
  package func neighbourSums(
    _ stream: inout DrawStream, in context: ComputeContext
  ) throws(TransferClusteringError) -> ClassTable {
    var sums = ClassTable(
      subjects: model.responsibilities.subjects, classes: model.classes)
    for a in 0..<model.classes {
      for b in a..<model.classes where model.blocks[a, b] > 0 {
        if model.blocks[a, b] > Self.denseProbability {
          try askEachPair(a, b, &sums, &stream, in: context)
        } else {
          try jumpFromEdgeToEdge(a, b, &sums, &stream, in: context)
        }
      }
    }
    return sums
  }

  private func askEachPair(
    _ a: Int, _ b: Int, _ sums: inout ClassTable, _ stream: inout DrawStream,
    in context: ComputeContext
  ) throws(TransferClusteringError) {
    let (first, second) = (members[a], members[b])
    let probability = model.blocks[a, b]
    // A word below this many 2⁻⁶⁴ is an edge.
    let bound = probability >= 1 ? UInt64.max : UInt64(probability * 0x1p64)
    var asked = 0
    for row in first.indices {
      asked += a == b ? row : second.count
      if asked > 1 << 20 {
        try context.checkpointForClustering()
        asked = 0
      }
      let u = Int(first[row])
      for column in 0..<(a == b ? row : second.count) where stream.next() < bound {
        join(u, Int(second[column]), &sums)
      }
    }
  }

  /// Pairs are skipped by geometric jumps (Batagelj and Brandes 2005).
  private func jumpFromEdgeToEdge(
    _ a: Int, _ b: Int, _ sums: inout ClassTable, _ stream: inout DrawStream,
    in context: ComputeContext
  ) throws(TransferClusteringError) {
    let (first, second) = (members[a], members[b])
    let pairs = a == b ? first.count * (first.count - 1) / 2 : first.count * second.count
    let logMiss = log1p(-model.blocks[a, b])
    var place = -1
    var drawn = 0
    // Row of the pair `place` within a triangle is kept and moved forward, never searched.
    var (row, rowStart) = (a == b ? 1 : 0, 0)
    while true {
      let jump = (PortableLogarithm.natural(1 - stream.uniform()) / logMiss).rounded(.down)
      guard jump < Double(pairs - place - 1) else { return }
      place += 1 + Int(jump)
      drawn += 1
      if drawn & 0x3_FFFF == 0 { try context.checkpointForClustering() }
      if a == b {
        while place >= rowStart + row {
          rowStart += row
          row += 1
        }
        join(Int(first[row]), Int(first[place - rowStart]), &sums)
      } else {
        join(Int(first[place / second.count]), Int(second[place % second.count]), &sums)
      }
    }
  }

  @inline(__always)
  private func join(_ u: Int, _ v: Int, _ sums: inout ClassTable) {
    let k = model.classes
    if let readAs {
      sums.values[u * k + Int(readAs[v])] += 1
      sums.values[v * k + Int(readAs[u])] += 1
      return
    }
    for label in 0..<k {
      sums.values[u * k + label] += model.responsibilities.values[v * k + label]
      sums.values[v * k + label] += model.responsibilities.values[u * k + label]
    }
  }
}
