import Synchronization

/// What a computation gets from whoever started it: seed, threads, when to stop, whom to tell.
///
/// A value; parts of a computation get a `section` of it. Long work calls a checkpoint at least
/// every 50 ms.
public struct ComputeContext: Sendable {
  /// Seed of all randomness of this computation.
  public let seed: UInt64
  /// The threads granted.
  public let executor: any ParallelExecutor
  /// Where to keep state over a crash, if anywhere.
  public let resume: (any ResumePoint)?
  /// Among whom parts of the computation may be shared that are kept in memory; nil: neither are
  /// kept parts used nor new ones kept.
  public private(set) var sharing: String?

  private let monitor: any ComputationMonitor
  private let progressStart: Double
  private let progressLength: Double
  /// What the messages of this section begin with.
  private var label: String?

  public init(
    seed: UInt64 = 0, executor: any ParallelExecutor = SerialExecutor(),
    monitor: any ComputationMonitor = SilentMonitor(), resume: (any ResumePoint)? = nil
  ) {
    self.init(
      seed: seed, executor: executor, monitor: monitor, resume: resume, start: 0, length: 1)
  }

  private init(
    seed: UInt64, executor: any ParallelExecutor, monitor: any ComputationMonitor,
    resume: (any ResumePoint)?, start: Double, length: Double
  ) {
    self.seed = seed
    self.executor = executor
    self.monitor = monitor
    self.resume = resume
    progressStart = start
    progressLength = length
  }

  // MARK: Stopping and progress

  /// Tells how far this section is (0...1) and throws when the computation is to stop.
  ///
  /// The message is not evaluated when the computation stops.
  public func checkpoint(
    _ fraction: Double, step: Int? = nil, of total: Int? = nil,
    message: @autoclosure () -> String? = nil
  ) throws(ComputationStopped) {
    try checkpoint()
    let inside = fraction.isNaN ? 0 : min(max(fraction, 0), 1)
    monitor.progress(
      fraction: progressStart + inside * progressLength, step: step, total: total,
      message: labelled(message()))
  }

  /// Throws when the computation is to stop; lets others have the core where they wait for it.
  public func checkpoint() throws(ComputationStopped) {
    Courtesy.offerCore()
    if let reason = monitor.stopReason() { throw ComputationStopped(reason: reason) }
  }

  /// Why to stop, or nil; for inner loops that cannot throw.
  public var stopReason: ComputationStopped.Reason? { monitor.stopReason() }

  /// A context whose progress from 0 to 1 is this one's progress `from` … `to`.
  public func section(from: Double, to: Double) -> ComputeContext {
    precondition(0 <= from && from <= to && to <= 1, "a section lies within 0...1")
    var section = ComputeContext(
      seed: seed, executor: executor, monitor: monitor, resume: resume,
      start: progressStart + from * progressLength, length: (to - from) * progressLength)
    section.label = label
    section.sharing = sharing
    return section
  }

  /// The same context, with parts of the computation kept for and taken from others that name the
  /// same.
  public func sharingParts(among name: String?) -> ComputeContext {
    var context = self
    context.sharing = name
    return context
  }

  /// The same context, with this before every message: which of several parts it is.
  public func labelled(_ label: String) -> ComputeContext {
    var context = self
    context.label = label
    return context
  }

  private func labelled(_ message: String?) -> String? {
    guard let label else { return message }
    return message.map { "\(label): \($0)" } ?? label
  }

  /// The same computation on the calling thread alone: for the body of a parallel loop whose
  /// pieces are better not split again.
  public var serial: ComputeContext {
    var context = ComputeContext(
      seed: seed, executor: SerialExecutor(), monitor: monitor, resume: resume,
      start: progressStart, length: progressLength)
    context.label = label
    context.sharing = sharing
    return context
  }

  // MARK: Randomness

  /// The random numbers number `stream` of this computation's seed.
  public func generator(stream: UInt64) -> RandomGenerator {
    RandomGenerator(seed: seed, stream: stream)
  }

  // MARK: Parallel loops

  /// Calls `body` once with each index below `count`, on the threads granted.
  public func parallelFor(_ count: Int, _ body: @Sendable (Int) -> Void) {
    if count == 1 { body(0) } else if count > 1 { executor.forEach(count, body) }
  }

  /// Like `parallelFor`, asking before each index whether to stop; what is left is then skipped.
  ///
  /// - Throws: `ComputationStopped` if any index was skipped or the computation is to stop now.
  public func parallelTiles(
    _ count: Int, _ body: @Sendable (Int) -> Void
  ) throws(ComputationStopped) {
    let stopped = FirstReason()
    parallelFor(count) { index in
      if stopped.reason != nil { return }
      if let reason = monitor.stopReason() { stopped.record(reason) } else { body(index) }
    }
    if let reason = stopped.reason { throw ComputationStopped(reason: reason) }
    try checkpoint()
  }

  /// The results of `body` for each index below `count`, in the order of the indices.
  ///
  /// - Throws: the error of the lowest index that threw; indices above one that threw may be
  ///   skipped, those below it never are.
  public func parallelMap<T: Sendable, E: Error>(
    _ count: Int, _ body: @Sendable (Int) throws(E) -> T
  ) throws(E) -> [T] {
    guard count > 0 else { return [] }
    let slots = ResultSlots<T, E>(count: count)
    withoutActuallyEscaping(body) { body in
      executor.forEach(count) { index in
        if slots.failed(before: index) { return }
        do throws(E) {
          slots.store(.success(try body(index)), at: index)
        } catch {
          slots.store(.failure(error), at: index)
        }
      }
    }
    return try slots.take()
  }
}

/// The first reason to stop that any thread saw.
private final class FirstReason: Sendable {
  private let stored = Mutex<ComputationStopped.Reason?>(nil)
  private let seen = Atomic(false)

  var reason: ComputationStopped.Reason? {
    seen.load(ordering: .acquiring) ? stored.withLock { $0 } : nil
  }

  func record(_ reason: ComputationStopped.Reason) {
    stored.withLock { $0 = $0 ?? reason }
    seen.store(true, ordering: .releasing)
  }
}

/// One place for the outcome of each index of a parallel map.
private final class ResultSlots<T: Sendable, E: Error>: Sendable {
  private let outcomes: Mutex<[Result<T, E>?]>
  private let lowestFailure: Atomic<Int>

  init(count: Int) {
    outcomes = Mutex(Array(repeating: nil, count: count))
    lowestFailure = Atomic(count)
  }

  func failed(before index: Int) -> Bool {
    lowestFailure.load(ordering: .relaxed) < index
  }

  func store(_ outcome: Result<T, E>, at index: Int) {
    if case .failure = outcome { lowestFailure.min(index, ordering: .relaxed) }
    outcomes.withLock { $0[index] = outcome }
  }

  /// All values, or the error of the lowest index.
  func take() throws(E) -> [T] {
    let all = outcomes.withLock { $0 }
    var values: [T] = []
    values.reserveCapacity(all.count)
    for outcome in all {
      guard let outcome else { preconditionFailure("the executor left an index out") }
      values.append(try outcome.get())
    }
    return values
  }
}
