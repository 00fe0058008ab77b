import CSystem
import Synchronization

/// Threads that only compute, at lower priority than the rest of the process.
///
/// 1. At most `threads` pieces of work run at once; each runs whole on one of the threads.
/// 2. A loop of a work granted width w is run by its caller and at most w - 1 idle threads;
///    threads inside a loop nested in another of the same work count once.
/// 3. Nothing spins: who has nothing to do sleeps. Nothing deadlocks: a caller can run its loop
///    alone, and waits only for helpers that are already running.
///
/// States: running (`init`) → stopping (`shutdown`, or the last reference going) → stopped.
/// Whoever calls `run` has the tokens: the pool itself does not refuse or order by size.
public final class ComputePool: Sendable {
  private let core: PoolCore
  private let members: Mutex<[PoolThread]>
  /// How many threads there are.
  public let threads: Int

  /// Starts `threads` (at least 1) threads at niceness `niceness` (0...19, 19 the lowest priority).
  public init(threads: Int, niceness: Int32 = 10) {
    precondition(threads >= 1, "a pool of at least one thread")
    _ = LargeBlocks.areKept
    let core = PoolCore()
    self.core = core
    self.threads = threads
    members = Mutex(
      (0..<threads).map { number in
        PoolThread(name: "compute-\(number)") {
          _ = csystem_set_thread_niceness(niceness)
          core.serve()
        }
      })
  }

  deinit { core.stop() }

  /// Runs `work` on one of the threads as soon as one is free, lending it `width` (clipped to
  /// 1...threads) of them; returns at once.
  public func run(width: Int, _ work: @escaping @Sendable (any ParallelExecutor) -> Void) {
    let executor = executor(width: width)
    core.enqueue { work(executor) }
  }

  /// An executor for a caller with a thread of its own (a command, a measurement): its loops are
  /// run by that thread and up to `width - 1` idle ones.
  public func executor(width: Int) -> any ParallelExecutor {
    width <= 1
      ? SerialExecutor() : PoolExecutor(core: core, width: min(width, threads))
  }

  /// Gives the memory that work has freed and the allocator keeps back to the system: once after
  /// work, where none is waiting or under way. True where it did; takes some milliseconds then.
  ///
  /// For a process that has nothing to do: after six matrices of 2048 × 2048 it kept 95 MB.
  @discardableResult
  public func giveBackMemory() -> Bool {
    guard core.restsAfterWork() else { return false }
    csystem_trim_heaps()
    return true
  }

  /// Finishes all work that was given, then ends the threads. Not to be called from work.
  public func shutdown() {
    core.stop()
    let leaving = members.withLock { members in
      defer { members = [] }
      return members
    }
    for member in leaving { member.join() }
  }

  /// Niceness of the calling thread.
  package static var currentNiceness: Int32 { csystem_thread_niceness() }
}

/// What the threads share: work not yet begun, and loops that want helpers.
private final class PoolCore: Sendable {
  private struct Shared {
    var queue: [@Sendable () -> Void] = []  // first to come first
    var loops: [Offer] = []  // oldest first: outer loops have the larger pieces
    var isStopping = false
    /// Pieces of work begun and not finished.
    var underWay = 0
    /// Work has been done since `restsAfterWork` last said so.
    var hasWorked = false
  }

  /// A loop and the grant it runs under.
  private struct Offer {
    let loop: ParallelLoop
    let grant: Grant
  }

  private enum Duty {
    case work(@Sendable () -> Void)
    case help(ParallelLoop, Grant)
    case leave
  }

  private let shared = ThreadGate(Shared())

  func enqueue(_ work: @escaping @Sendable () -> Void) {
    shared.withLock { shared in
      precondition(!shared.isStopping, "no work after shutdown")
      shared.queue.append(work)
    }
    shared.wakeOne()
  }

  func stop() {
    shared.withLock { $0.isStopping = true }
    shared.wakeAll()
  }

  /// Whether work was done since the last time this was true, and there is none now.
  func restsAfterWork() -> Bool {
    shared.withLock { shared in
      guard shared.hasWorked, shared.underWay == 0, shared.queue.isEmpty else { return false }
      shared.hasWorked = false
      return true
    }
  }

  /// The life of one thread.
  func serve() {
    while true {
      switch nextDuty() {
      case .work(let work):
        work()
        shared.withLock { $0.underWay -= 1 }
      case .help(let loop, let grant):
        loop.takePart()
        loop.leave()
        grant.giveBack()
      case .leave: return
      }
    }
  }

  private func nextDuty() -> Duty {
    shared.wait { shared -> Duty? in
      // Work was promised a thread; a loop gets on without help.
      if !shared.queue.isEmpty {
        defer { if !shared.queue.isEmpty { self.shared.wakeOne() } }
        shared.underWay += 1
        shared.hasWorked = true
        return .work(shared.queue.removeFirst())
      }
      for offer in shared.loops
      where offer.loop.hasWork && offer.grant.take() {
        if offer.loop.join() { return .help(offer.loop, offer.grant) }
        offer.grant.giveBack()
      }
      return shared.isStopping ? .leave : nil
    }
  }

  func run(_ loop: ParallelLoop, under grant: Grant, helpers: Int) {
    shared.withLock { $0.loops.append(Offer(loop: loop, grant: grant)) }
    for _ in 0..<helpers { shared.wakeOne() }
    loop.takePart()
    shared.withLock { shared in shared.loops.removeAll { $0.loop === loop } }
    loop.finish()
  }
}

/// How many more threads may help the loops of one piece of work.
private final class Grant: Sendable {
  private let free: Atomic<Int>

  init(helpers: Int) { free = Atomic(helpers) }

  func take() -> Bool {
    if free.wrappingSubtract(1, ordering: .relaxed).newValue >= 0 { return true }
    free.wrappingAdd(1, ordering: .relaxed)
    return false
  }

  func giveBack() { free.wrappingAdd(1, ordering: .relaxed) }
}

/// The executor lent to a piece of work.
private final class PoolExecutor: ParallelExecutor {
  let width: Int
  private let core: PoolCore
  private let grant: Grant

  init(core: PoolCore, width: Int) {
    self.core = core
    self.width = width
    grant = Grant(helpers: width - 1)
  }

  func forEach(_ count: Int, _ body: @Sendable (Int) -> Void) {
    guard count > 1 else {
      if count == 1 { body(0) }
      return
    }
    withoutActuallyEscaping(body) { lent in
      withUnsafePointer(to: lent) { pointer in
        core.run(
          ParallelLoop(count: count, body: BorrowedBody(pointer)), under: grant,
          helpers: min(width, count) - 1)
      }
    }
  }
}
