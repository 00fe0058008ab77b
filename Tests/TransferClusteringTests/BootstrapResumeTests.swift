import Compute
import LinearAlgebra
import Synchronization
import TestSupport
import Testing
import TransferClustering

/// A bootstrap whose process died goes on with the replicates it had kept.
@Suite struct BootstrapResumeTests {
  private final class Keeper: ResumePoint {
    let states = Mutex<[[UInt8]]>([])
    private let first: [UInt8]?

    init(_ first: [UInt8]?) { self.first = first }

    func load() -> [UInt8]? { first }

    func save(_ state: [UInt8]) { states.withLock { $0.append(state) } }
  }

  private func points(stream: UInt64) -> SubjectData {
    var generator = RandomGenerator(seed: 3, stream: stream)
    return .points(
      Matrix(rows: 80, columns: 2) { row, _ in generator.normal() + (row % 2 == 0 ? 1 : -1) },
      .full)
  }

  private func result(
    _ keeper: Keeper?, _ monitor: any ComputationMonitor = SilentMonitor()
  ) throws -> TransferResult {
    var options = TransferOptions(classes: 2...2)
    options.rule = .bootstrap(replicates: 300, quantile: 0.9, grid: nil)
    options.saveInterval = .zero
    return try AdaptiveTransfer.run(
      target: points(stream: 1), source: points(stream: 2), options: options,
      in: ComputeContext(seed: 5, monitor: monitor, resume: keeper))
  }

  @Test func goesOnFromEveryStateToTheSameAnswer() throws {
    let keeper = Keeper(nil)
    let whole = try result(keeper)
    #expect(try result(nil).table == whole.table)
    let states = keeper.states.withLock { $0 }
    try #require(states.count >= 2)
    for state in [states[0], states[states.count - 1]] {
      let fresh = StoppingMonitor()
      let resumed = StoppingMonitor()
      _ = try result(nil, fresh)
      let later = try result(Keeper(state), resumed)
      #expect(later.table == whole.table)
      #expect(later.labels == whole.labels)
      // It asked less often: the kept replicates were not drawn again.
      #expect(resumed.asked < fresh.asked)
    }
  }

  @Test func ignoresAStateThatIsNotItsOwn() throws {
    let keeper = Keeper(nil)
    let whole = try result(keeper)
    var state = try #require(keeper.states.withLock { $0.first })
    for foreign in [[], [1, 2, 3], Array(state.dropLast(3))] {
      #expect(try result(Keeper(foreign)).table == whole.table)
    }
    // Counts of other models.
    state[16] ^= 1
    for index in 24..<state.count { state[index] = 0 }
    #expect(try result(Keeper(state)).table == whole.table)
  }
}
