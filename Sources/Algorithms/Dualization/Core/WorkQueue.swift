import Compute
import Synchronization

/// Many independent pieces of one computation, each whole on a thread while there are enough.
///
/// Pieces are begun from the dearest to the cheapest; a piece's own loops are offered to threads
/// that have run out of pieces. Order and threads change no result.
enum WorkQueue {
  /// The results of `body` in the order of the indices; progress is the share of `costs` done.
  static func map<R: Sendable>(
    _ count: Int, costs: [Double], in context: ComputeContext,
    _ body: @Sendable (Int, ComputeContext) throws(DualizationError) -> R
  ) throws(DualizationError) -> [R] {
    if count == 1 { return [try body(0, context)] }
    let order = (0..<count).sorted { (costs[$0], $1) > (costs[$1], $0) }
    let total = costs.reduce(0, +)
    let progress = SharedProgress(total: total, context: context)
    let quiet = ComputeContext(
      seed: context.seed, executor: context.executor, monitor: QuietMonitor(context: context))
    let results = try context.parallelMap(count) { place throws(DualizationError) -> R in
      let index = order[place]
      try context.pause()
      // A small share of many is done whole where it was begun.
      let isSmall = costs[index] * 4 * Double(context.executor.width) < total
      let result = try body(index, isSmall ? quiet.serial : quiet)
      try progress.add(costs[index])
      return result
    }
    var byIndex = [R?](repeating: nil, count: count)
    for (place, result) in results.enumerated() { byIndex[order[place]] = result }
    return byIndex.compactMap { $0 }
  }
}

/// Adds up what the pieces have done.
private final class SharedProgress: Sendable {
  private let done = Mutex((cost: 0.0, pieces: 0))
  private let total: Double
  private let context: ComputeContext

  init(total: Double, context: ComputeContext) {
    self.total = total
    self.context = context
  }

  func add(_ cost: Double) throws(DualizationError) {
    let (cost, pieces) = done.withLock { done in
      done.cost += cost
      done.pieces += 1
      return done
    }
    try context.pause(total > 0 ? cost / total : 1, step: pieces)
  }
}

/// Stops when the whole stops, and tells nothing: a piece's own progress is not the whole's.
private struct QuietMonitor: ComputationMonitor {
  let context: ComputeContext

  func stopReason() -> ComputationStopped.Reason? { context.stopReason }

  func progress(fraction: Double, step: Int?, total: Int?, message: String?) {}
}
