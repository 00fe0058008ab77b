package import Compute

/// What happens to the target's labels along a grid of penalties, subject by subject: the labels of
/// all penalties together would be grid times as large as the data.
package struct PenaltyPath {
  /// Target labels unlike the target-only ones, for each penalty.
  package let changed: [Int]
  /// Target labels unlike the pooled ones, for each penalty.
  package let unpooled: [Int]
  /// The joint objective at its minimising labels, for each penalty.
  package let objectives: [Double]
  /// For each pair i < j of penalties, how many labels differ `(grid × grid)`.
  package let moved: [Int]

  /// - Parameter penalties: ascending, ≥ 0.
  /// - Complexity: O(n (K + log grid)), and O(grid K) for each subject that switches where K > 2.
  package init(
    _ objective: TransferObjective, penalties: [Double], in context: ComputeContext
  ) throws(TransferClusteringError) {
    let grid = penalties.count
    var changed = [Int](repeating: 0, count: grid)
    var moves = LabelMoves(grid: grid)
    var sums = ObjectiveSums(grid: grid)
    for subject in 0..<objective.target.subjects {
      if subject & 0x3FF == 0 { try context.checkpointForClustering() }
      sums.add(objective, subject: subject, penalties)
      let switchPoint = objective.switchPoints[subject]
      guard switchPoint > 0 else { continue }
      let own = objective.targetOnlyLabels[subject]
      let pooledFrom = TransferObjective.rank(of: switchPoint, in: penalties)
      var starts: [Int] = []
      var labels: [Int] = []
      func begin(_ label: Int, at place: Int) {
        guard labels.last != label else { return }
        starts.append(place)
        labels.append(label)
      }
      if pooledFrom > 0, objective.target.classes == 2 {
        begin(own, at: 0)
      } else {
        for place in 0..<pooledFrom {
          begin(objective.targetLabel(of: subject, at: penalties[place]), at: place)
        }
      }
      if pooledFrom < grid { begin(objective.pooledLabels[subject], at: pooledFrom) }
      for (run, label) in labels.enumerated() where label != own {
        for place in starts[run]..<(run + 1 < starts.count ? starts[run + 1] : grid) {
          changed[place] += 1
        }
      }
      moves.add(starts: starts, labels: labels)
    }
    self.changed = changed
    unpooled = penalties.map { objective.mismatchesWithPooled(at: $0) }
    objectives = sums.values(penalties)
    moved = moves.counts
  }
}

/// Σ_i min_{u,v} T[u] + S[v] + λ [u ≠ v] = Σ_i min T + min S + min(λ, excess_i), with
/// excess_i = min (T + S) - min T - min S, for all penalties after one pass.
private struct ObjectiveSums {
  private var base = 0.0
  /// By the number of penalties below the excess: how many subjects, and the sum of their excess.
  private var counts: [Double]
  private var excesses: [Double]

  init(grid: Int) {
    counts = Array(repeating: 0, count: grid + 1)
    excesses = counts
  }

  mutating func add(_ objective: TransferObjective, subject: Int, _ penalties: [Double]) {
    let k = objective.target.classes
    var (t, s, both) = (Double.infinity, Double.infinity, Double.infinity)
    for place in subject * k..<(subject + 1) * k {
      let (own, other) = (objective.target.values[place], objective.source.values[place])
      t = min(t, own)
      s = min(s, other)
      both = min(both, own + other)
    }
    base += t + s
    let excess = max(0, both - t - s)
    let place = TransferObjective.rank(of: excess, in: penalties)
    counts[place] += 1
    excesses[place] += excess
  }

  func values(_ penalties: [Double]) -> [Double] {
    var paying = counts.reduce(0, +)  // subjects whose excess is above the penalty
    var paid = 0.0
    return penalties.indices.map { index in
      paying -= counts[index]
      paid += excesses[index]
      return base + paid + paying * penalties[index]
    }
  }
}
