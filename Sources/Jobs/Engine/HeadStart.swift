import Compute
import Dispatch
import Synchronization

/// A computation begun before its job is durable: while its question is named, its input stored and
/// its row committed, which take as long as many a computation where the input has megabytes.
///
/// 1. Its outcome counts for the one execution that takes it over after its claim, as if that had
///    begun it; no answer is given earlier, and none without a durable job.
/// 2. It stops when it is let go of untaken (the question was answered otherwise, or refused), and
///    when any other execution starts.
/// 3. It holds no tokens. It begins only where nothing runs or waits, one at a time.
///
/// States: free (`JobEngine.headStart`) → taken (`take`), or free → given up (`giveUp`).
public final class HeadStart: Sendable {
  let course: HeadStartCourse

  init(_ course: HeadStartCourse) { self.course = course }

  deinit { course.giveUp() }
}

/// What a head start and its threads share.
final class HeadStartCourse: ComputationMonitor {
  typealias Receiver = @Sendable (_ outcome: RunOutcome, _ seconds: Double) -> Void

  private struct State {
    var isGivenUp = false
    var taker: RunningExecution?
    var receiver: Receiver?
    /// Nothing of it runs any more, or ever will.
    var hasEnded = false
    /// What came before anybody took it over.
    var outcome: (RunOutcome, seconds: Double)?
  }

  private let state = Mutex(State())
  private let stop = StopFlag()

  /// It needs no thread and no memory, and nobody can take it over: another may begin.
  var isOver: Bool { state.withLock { $0.isGivenUp && $0.hasEnded } }

  /// Computes, on a compute thread.
  func run(_ body: PreparedRun, _ context: ComputeContext) {
    if stopReason() != nil { return end(.stopped(.cancelled), seconds: 0) }
    let begin = ContinuousClock.now
    let outcome = body(context)
    end(outcome, seconds: (ContinuousClock.now - begin).inSeconds)
  }

  private func end(_ outcome: RunOutcome, seconds: Double) {
    let receiver = state.withLock { state -> Receiver? in
      state.hasEnded = true
      if state.taker == nil, !state.isGivenUp { state.outcome = (outcome, seconds) }
      defer { state.receiver = nil }
      return state.receiver
    }
    receiver?(outcome, seconds)
  }

  /// Makes it the computation of an execution that was claimed; false where it was given up.
  ///
  /// - Parameters:
  ///   - receiver: gets the outcome, on the compute thread.
  ///   - queue: where it gets one that is there already: the caller must not wait.
  func take(
    _ running: RunningExecution, on queue: DispatchQueue, _ receiver: @escaping Receiver
  ) -> Bool {
    let (isTaken, outcome) = state.withLock { state in
      if state.isGivenUp { return (false, nil as (RunOutcome, seconds: Double)?) }
      state.taker = running
      defer { state.outcome = nil }
      if state.outcome == nil { state.receiver = receiver }
      return (true, state.outcome)
    }
    if isTaken { running.follow(with: stop) }
    if let outcome { queue.async { receiver(outcome.0, outcome.seconds) } }
    return isTaken
  }

  /// Stops it, unless it was taken over.
  func giveUp() {
    let isStopped = state.withLock { state in
      guard state.taker == nil else { return false }
      state.isGivenUp = true
      state.outcome = nil
      return true
    }
    if isStopped { stop.raise(.cancelled) }
  }

  // MARK: Told by the computation

  func stopReason() -> ComputationStopped.Reason? { stop.reason }

  func progress(fraction: Double, step: Int?, total: Int?, message: String?) {
    let taker = state.withLockIfAvailable { $0.taker } ?? nil
    taker?.progress(fraction: fraction, step: step, total: total, message: message)
  }
}

extension JobEngine {
  /// The longest computation begun ahead, in predicted seconds of one core. Longer ones lose
  /// nothing by waiting, and may have to be kept over a restart.
  private static let longestHeadStart = 5.0

  /// Begins a computation whose job is about to be submitted with it (`JobSubmission.Prepared`).
  ///
  /// - Returns: nil where it has to wait for its turn: something runs or waits, the queue is paused,
  ///   other processes share it, or it is too large.
  public func headStart(
    cost: JobSubmission.Cost, seed: UInt64, run: @escaping PreparedRun
  ) -> HeadStart? {
    guard !store.isShared, cost.seconds <= Self.longestHeadStart,
      cost.bytes <= configuration.memoryBytes
    else { return nil }
    let course = HeadStartCourse()
    let begins = state.withLock { state in
      guard state.phase == .working, state.running.isEmpty, !state.mayHaveWork, !state.isPaused,
        state.ahead.isEmpty, state.headStart?.isOver != false
      else { return false }
      state.headStart = course
      return true
    }
    guard begins else { return nil }
    pool.run(width: cost.wide ? configuration.workers : 1) { executor in
      course.run(run, ComputeContext(seed: seed, executor: executor, monitor: course))
    }
    return HeadStart(course)
  }

  /// Stops what was begun, but for `kept`, and was not taken over.
  func giveUpHeadStart(but kept: HeadStart? = nil) {
    let begun = state.withLock { $0.headStart }
    if let kept, begun === kept.course { return }
    begun?.giveUp()
  }

  /// Has an execution take over what was begun for it; false where nothing was. Any other head start
  /// makes way.
  func takeHeadStart(_ headStart: HeadStart?, for running: RunningExecution) -> Bool {
    giveUpHeadStart(but: headStart)
    guard let headStart else { return false }
    let isTaken = headStart.course.take(running, on: io) { [self] outcome, seconds in
      finish(running, outcome, seconds: seconds)
    }
    // One that is taken over is the taker's; one that was given up stays until it has ended.
    if isTaken {
      state.withLock { state in
        if state.headStart === headStart.course { state.headStart = nil }
      }
    }
    return isTaken
  }
}
