import Compute
import LinearAlgebra
import TestSupport
import Testing

/// The same bytes from any number of workers, and a stop at any question.
@Suite(.timeLimit(.minutes(1))) struct ParallelProductTests {
  /// Every routine that takes a context, on shapes large enough for several tiles, as bits.
  private func everything<S: Real>(
    in context: ComputeContext, as type: S.Type
  ) throws(ComputationStopped) -> [Matrix<S>] {
    let a: Matrix<S> = Samples.normal(301, 170, seed: 1)
    let b: Matrix<S> = Samples.normal(170, 263, seed: 2)
    let wide: Matrix<S> = Samples.normal(20, 700, seed: 3)
    var c: Matrix<S> = Samples.normal(301, 263, seed: 4)
    try multiply(a, b, alpha: 2, beta: 0.5, into: &c, in: context)
    return [
      c, try a.times(b, in: context), try a.timesTransposed(a, in: context),
      try a.transposedTimes(a, in: context), try wide.transposedTimes(wide, in: context),
      try wide.timesTransposed(wide, in: context), try a.gram(in: context),
      try a.gramOfColumns(in: context),
    ]
  }

  private func plain<S: Real>(as type: S.Type) -> [Matrix<S>] {
    let a: Matrix<S> = Samples.normal(301, 170, seed: 1)
    let b: Matrix<S> = Samples.normal(170, 263, seed: 2)
    let wide: Matrix<S> = Samples.normal(20, 700, seed: 3)
    var c: Matrix<S> = Samples.normal(301, 263, seed: 4)
    multiply(a, b, alpha: 2, beta: 0.5, into: &c)
    return [
      c, a.times(b), a.timesTransposed(a), a.transposedTimes(a), wide.transposedTimes(wide),
      wide.timesTransposed(wide), a.gram(), a.gramOfColumns(),
    ]
  }

  @Test(arguments: 1...4)
  func givesTheSameBytesWithAnyNumberOfWorkers(_ workers: Int) throws {
    let pool = ComputePool(threads: workers)
    defer { pool.shutdown() }
    let context = ComputeContext(executor: pool.executor(width: workers))
    #expect(try everything(in: context, as: Double.self) == plain(as: Double.self))
    #expect(try everything(in: context, as: Float.self) == plain(as: Float.self))
  }

  @Test func givesTheSameBytesInAnyOrderOfTiles() throws {
    let context = ComputeContext(executor: BackwardExecutor())
    #expect(try everything(in: context, as: Double.self) == plain(as: Double.self))
  }

  @Test func stopsAtEachQuestion() throws {
    let counting = StoppingMonitor()
    _ = try everything(in: ComputeContext(monitor: counting), as: Float.self)
    #expect(counting.asked > 16)
    for question in 0..<counting.asked {
      let context = ComputeContext(
        monitor: StoppingMonitor(stopAt: question, reason: .drained))
      #expect(throws: ComputationStopped(reason: .drained), "question \(question)") {
        try everything(in: context, as: Float.self)
      }
    }
  }

  @Test func asksOftenEnoughInLargeProducts() throws {
    // 2·1024³ flops are some 50 ms in double precision: several questions, so each piece is short.
    let monitor = StoppingMonitor()
    let a: Matrix<Float> = Samples.normal(64, 1024)
    let tall = Matrix<Float>(rows: 1024, columns: 1024, repeating: 1)
    _ = try tall.times(tall, in: ComputeContext(monitor: monitor))
    #expect(monitor.asked >= 4)
    _ = try a.times(tall, in: ComputeContext(monitor: monitor))
  }
}
