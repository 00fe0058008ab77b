import Compute
import Testing
import TransferClustering

@Suite struct PenaltyPathTests {
  private func objective(classes: Int, stream: UInt64) -> TransferObjective {
    var generator = RandomGenerator(seed: 12, stream: stream)
    func table() -> ClassTable {
      ClassTable(
        subjects: 60, classes: classes,
        values: (0..<60 * classes).map { _ in 3 * abs(generator.normal()) })
    }
    return TransferObjective(target: table(), source: table())
  }

  @Test(arguments: [2, 3, 5])
  func tellsWhatTheLabelsOfEachPenaltyTell(_ classes: Int) throws {
    let objective = objective(classes: classes, stream: UInt64(classes))
    // A grid of its own, and one made of switch points, where ties are decided by the stored value.
    let own = (0..<30).map { 0.3 * Double($0) }
    let switches = [0] + Set(objective.switchPoints.filter { $0 > 0 }).sorted()
    for penalties in [own, switches, [2.5]] {
      let path = try PenaltyPath(objective, penalties: penalties, in: ComputeContext())
      let candidates = penalties.map { objective.targetLabels(at: $0) }
      for (index, penalty) in penalties.enumerated() {
        let labels = candidates[index]
        #expect(
          path.changed[index] == zip(labels, objective.targetOnlyLabels).count { $0 != $1 })
        #expect(path.unpooled[index] == zip(labels, objective.pooledLabels).count { $0 != $1 })
        let others = objective.sourceLabels(at: penalty, target: labels)
        let value = objective.value(at: penalty, target: labels, source: others)
        // 60 sums of three terms below 20.
        #expect(abs(path.objectives[index] - value) < 1e-11)
        for later in index..<penalties.count {
          #expect(
            path.moved[index * penalties.count + later]
              == zip(labels, candidates[later]).count { $0 != $1 })
        }
      }
      let counts = TransferObjective.mismatchesWithPooled(
        target: objective.target, source: objective.source, penalties: penalties)
      #expect(counts.map { Int($0) } == path.unpooled)
    }
  }

  @Test func countsMovesOfLabelsThatComeBack() {
    let candidates = [[0, 1], [1, 1], [0, 2], [0, 1]]
    var moves = LabelMoves(grid: 4)
    for subject in 0..<2 { moves.add { candidates[$0][subject] } }
    for a in 0..<4 {
      for b in a..<4 {
        #expect(
          moves.counts[a * 4 + b] == zip(candidates[a], candidates[b]).count { $0 != $1 })
      }
    }
  }
}
