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
  /// What tells these models from others: the data's own switch points.
  private let switchPoints: [Double]

  /// - Parameter labels: the target-only labels `(n)`.
  init(
    _ pair: AlignedPair, target: SubjectData, source: SubjectData, labels: [Int]
  ) throws(TransferClusteringError) {
    self.target = try ModelSimulator(pair.targetModel, data: target, labels: labels)
    self.source = try ModelSimulator(pair.sourceModel, data: source, labels: labels)
    switchPoints = pair.objective.switchPoints
  }

  /// ψ: for each penalty the quantile over the replicates of the number of labels that differ.
  ///
  /// Every replicate has a random stream of its own: the same counts on any number of threads, and
  /// when a process that died goes on with the replicates it had kept.
  /// - Complexity: O(B (draw + n K + n log grid)) time, 4 · B · grid bytes.
  func noise(
    penalties: [Double], replicates: Int, quantile: Double, saveInterval: Duration,
    in context: ComputeContext
  ) throws(TransferClusteringError) -> [Double] {
    var kept = FinishedReplicates(
      grid: penalties.count, of: penalties + switchPoints, every: saveInterval,
      resume: context.resume)
    // Batches of some 20 ms: progress and a wish to stop get through, threads rarely wait.
    var batch = 8
    let clock = ContinuousClock()
    while kept.count < replicates {
      let first = kept.count
      let count = min(batch, replicates - first)
      let start = clock.now
      let rows = try context.parallelMap(count) { index throws(TransferClusteringError) in
        try context.checkpointForClustering()
        return try replicate(first + index, penalties: penalties, in: context)
      }
      let seconds = (clock.now - start) / .seconds(1)
      if seconds < 0.01 { batch = min(2 * batch, 1024) }
      if seconds > 0.04 { batch = max(batch / 2, context.executor.width) }
      kept.add(rows, isLast: kept.count + rows.count == replicates)
      try context.checkpointForClustering(
        step: kept.count, of: replicates, "bootstrap replicate")
    }
    return try kept.quantiles(quantile, in: context)
  }

  private func replicate(
    _ number: Int, penalties: [Double], in context: ComputeContext
  ) throws(TransferClusteringError) -> [Int32] {
    var stream = DrawStream(
      context.generator(stream: AdaptiveTransfer.Stream.bootstrap &+ UInt64(number)))
    let t = try target.costs(&stream, in: context)
    let s = try source.costs(&stream, in: context)
    return TransferObjective.mismatchesWithPooled(target: t, source: s, penalties: penalties)
  }
}

/// The counts of the replicates that are done, kept over a crash.
private struct FinishedReplicates {
  private let grid: Int
  /// Of the numbers that the counts rest on.
  private let check: UInt64
  private let interval: Duration
  private let resume: (any ResumePoint)?
  /// `(count × grid)`.
  private var counts: [Int32] = []
  private(set) var count = 0
  private var lastSave = ContinuousClock.now

  init(grid: Int, of numbers: [Double], every interval: Duration, resume: (any ResumePoint)?) {
    self.grid = grid
    self.interval = interval
    self.resume = resume
    check = numbers.reduce(14_695_981_039_346_656_037) {
      ($0 ^ $1.bitPattern) &* 1_099_511_628_211  // FNV-1a over words
    }
    guard let state = resume?.load(), let found = decoded(state) else { return }
    counts = found
    count = found.count / grid
  }

  mutating func add(_ rows: [[Int32]], isLast: Bool) {
    for row in rows { counts += row }
    count += rows.count
    guard let resume, !isLast, ContinuousClock.now - lastSave >= interval else { return }
    resume.save(encoded())
    lastSave = .now
  }

  func quantiles(
    _ quantile: Double, in context: ComputeContext
  ) throws(TransferClusteringError) -> [Double] {
    var noise: [Double] = []
    for place in 0..<grid {
      try context.checkpointForClustering()
      noise.append(
        PenaltySelection.quantile(
          quantile, of: (0..<count).map { counts[$0 * grid + place] }))
    }
    return noise
  }

  // The state: a mark, the number of penalties, the check, and the counts; little endian.
  private static let mark: UInt64 = 0x3130_7362_7574_616D

  private var head: [UInt64] { [Self.mark, UInt64(grid), check] }

  private func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(24 + 4 * counts.count)
    for word in head { withUnsafeBytes(of: word.littleEndian) { bytes += $0 } }
    for value in counts { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
    return bytes
  }

  /// `nil` for bytes that are not of these numbers.
  private func decoded(_ bytes: [UInt8]) -> [Int32]? {
    let width = 4 * grid
    guard bytes.count >= 24, width > 0, (bytes.count - 24) % width == 0 else { return nil }
    return bytes.withUnsafeBytes { raw in
      for (place, word) in head.enumerated() {
        let found = raw.loadUnaligned(fromByteOffset: 8 * place, as: UInt64.self)
        guard UInt64(littleEndian: found) == word else { return nil }
      }
      return (0..<(bytes.count - 24) / 4).map {
        Int32(littleEndian: raw.loadUnaligned(fromByteOffset: 24 + 4 * $0, as: Int32.self))
      }
    }
  }
}
