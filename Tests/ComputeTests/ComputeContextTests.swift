import Compute
import Synchronization
import TestSupport
import Testing

@Suite struct ComputeContextTests {
  struct Failure: Error, Equatable { let index: Int }

  @Test(arguments: [ComputationStopped.Reason.cancelled, .timeout, .drained])
  func throwsTheMonitorsReason(_ reason: ComputationStopped.Reason) {
    let context = ComputeContext(monitor: StoppingMonitor(stopAt: 1, reason: reason))
    #expect(throws: Never.self) { try context.checkpoint() }
    #expect(throws: ComputationStopped(reason: reason)) { try context.checkpoint() }
  }

  @Test func reportsProgressOfTheWholeFromItsSections() throws {
    let monitor = StoppingMonitor()
    let context = ComputeContext(monitor: monitor)
    try context.checkpoint(0.25)
    let half = context.section(from: 0.5, to: 1)
    try half.checkpoint(0.5)
    try half.section(from: 0.5, to: 0.75).checkpoint(1)
    #expect(monitor.fractions == [0.25, 0.75, 0.875])
  }

  @Test func keepsProgressWithinItsSection() throws {
    let monitor = StoppingMonitor()
    let part = ComputeContext(monitor: monitor).section(from: 0.25, to: 0.5)
    for fraction in [-1, 2, Double.nan, .infinity] { try part.checkpoint(fraction) }
    #expect(monitor.fractions == [0.25, 0.5, 0.25, 0.5])
  }

  @Test func doesNotBuildTheMessageOfAStoppedComputation() {
    let context = ComputeContext(monitor: StoppingMonitor(stopAt: 0))
    nonisolatedCount.store(0, ordering: .relaxed)
    func message() -> String? {
      nonisolatedCount.wrappingAdd(1, ordering: .relaxed)
      return nil
    }
    #expect(throws: ComputationStopped.self) { try context.checkpoint(0, message: message()) }
    #expect(nonisolatedCount.load(ordering: .relaxed) == 0)
  }

  @Test func mapsInTheOrderOfTheIndices() throws {
    for executor in executors {
      let context = ComputeContext(executor: executor)
      #expect(context.parallelMap(100) { $0 * $0 } == (0..<100).map { $0 * $0 })
      #expect(context.parallelMap(0) { $0 } == [])
      #expect(context.parallelMap(1) { $0 + 5 } == [5])
    }
  }

  @Test func throwsTheErrorOfTheLowestIndex() {
    for executor in executors {
      let context = ComputeContext(executor: executor)
      #expect(throws: Failure(index: 3)) {
        try context.parallelMap(50) { index throws(Failure) -> Int in
          if index % 7 == 3 { throw Failure(index: index) }
          return index
        }
      }
    }
  }

  @Test func stopsBetweenTilesWhateverTheQuestion() {
    for executor in executors {
      for stop in 0...8 {
        let done = Mutex<[Int]>([])
        let context = ComputeContext(executor: executor, monitor: StoppingMonitor(stopAt: stop))
        #expect(throws: ComputationStopped(reason: .cancelled)) {
          try context.parallelTiles(8) { index in done.withLock { $0.append(index) } }
        }
        #expect(done.withLock { $0.count } == stop)
      }
    }
  }

  @Test func hearsAReasonGivenOnlyOnce() {
    // A reason seen by one tile must not be lost because the next question says go on.
    struct Once: ComputationMonitor {
      let asked = Counter()
      func stopReason() -> ComputationStopped.Reason? { asked.next() == 2 ? .timeout : nil }
      func progress(fraction: Double, step: Int?, total: Int?, message: String?) {}
    }
    let context = ComputeContext(monitor: Once())
    #expect(throws: ComputationStopped(reason: .timeout)) { try context.parallelTiles(9) { _ in } }
  }

  @Test func givesEachStreamItsOwnNumbersOfTheSeed() {
    let context = ComputeContext(seed: 9)
    var mine = context.generator(stream: 4)
    var same = RandomGenerator(seed: 9, stream: 4)
    #expect(mine.next() == same.next())
    #expect(context.section(from: 0, to: 0.5).seed == 9)
    #expect(context.serial.seed == 9)
  }

  private var executors: [any ParallelExecutor] { [SerialExecutor(), BackwardExecutor()] }
}

private let nonisolatedCount = Atomic(0)

final class Counter: Sendable {
  private let value = Atomic(0)
  func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).oldValue }
  var count: Int { value.load(ordering: .relaxed) }
}
