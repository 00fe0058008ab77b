import Compute

/// The noise of each penalty by parametric bootstrap (arXiv 2410.21263).
///
/// In a replicate both data sets are drawn from the fitted models with the same labels, the
/// target-only ones, so no label differs in truth; the parameters are not fitted again. Counted is
/// how many labels at a penalty differ from the replicate's pooled ones, which its switch points
/// tell for all penalties at once.
struct PenaltyBootstrap: Sendable {
  private let target: ModelSimulator
  private let source: ModelSimulator
  private let targetWeights: [Double]
  private let sourceWeights: [Double]
  private let labels: [Int]

  /// - Parameter labels: the target-only labels `(n)`.
  init(
    _ pair: AlignedPair, target: SubjectData, source: SubjectData, labels: [Int]
  ) throws(TransferClusteringError) {
    self.target = try pair.targetModel.simulator(data: target)
    self.source = try pair.sourceModel.simulator(data: source)
    targetWeights = pair.targetModel.weights
    sourceWeights = pair.sourceModel.weights
    self.labels = labels
  }

  /// D: for each penalty the differences in each replicate, `(grid × B)`.
  ///
  /// Every replicate has a random stream of its own: the same counts on any number of threads.
  /// - Complexity: O(B (draw + n K + n log n + grid log n)).
  func counts(
    penalties: [Double], replicates: Int, in context: ComputeContext
  ) throws(TransferClusteringError) -> [[Int]] {
    // Few replicates at a time, so that progress and a wish to stop get through.
    let batch = 32
    var columns: [[Int]] = []
    columns.reserveCapacity(replicates)
    var done = 0
    while done < replicates {
      let count = min(batch, replicates - done)
      let first = done
      columns += try context.parallelMap(count) { index throws(TransferClusteringError) in
        try context.checkpointForClustering()
        return replicate(first + index, penalties: penalties, in: context)
      }
      done += count
      do throws(ComputationStopped) {
        try context.checkpoint(
          Double(done) / Double(replicates), step: done, of: replicates,
          message: "bootstrap replicate \(done) of \(replicates)")
      } catch {
        throw .stopped(error)
      }
    }
    return penalties.indices.map { index in columns.map { $0[index] } }
  }

  private func replicate(
    _ number: Int, penalties: [Double], in context: ComputeContext
  ) -> [Int] {
    var generator = context.generator(stream: AdaptiveTransfer.Stream.bootstrap &+ UInt64(number))
    let t = MixtureStep.negativeLogPosteriors(
      target.draw(labels: labels, &generator), weights: targetWeights)
    let s = MixtureStep.negativeLogPosteriors(
      source.draw(labels: labels, &generator), weights: sourceWeights)
    let sorted = TransferObjective(target: t, source: s).switchPoints.sorted()
    return penalties.map { penalty in
      // The first place beyond the penalty.
      var (low, high) = (0, sorted.count)
      while low < high {
        let middle = (low + high) / 2
        if sorted[middle] > penalty { high = middle } else { low = middle + 1 }
      }
      return sorted.count - low
    }
  }
}
