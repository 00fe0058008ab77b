import CSystem
import Dispatch
import Synchronization

/// The request threads: a fixed number, before a bounded queue (`RequestQueue` holds the policy).
///
/// Each runs on a serial Dispatch queue of its own (one thread for as long as the pool lives) and
/// sleeps on its own semaphore. A loop that has handed something over looks after it: it calls
/// `relieve` in each turn and waits a millisecond at most while `isBusy`.
package final class RequestPool: Sendable {
  /// A piece of work; called once: on a request thread, or at once, with `isTaken` false, where
  /// the queue is full or the pool has stopped.
  package typealias Work = @Sendable (inout WorkContext) -> Void

  private let queue: Mutex<RequestQueue<Work>>
  /// `queue.awake`, to be read without the lock.
  private let awake: Atomic<Int>
  /// One for each thread.
  private let bells: [DispatchSemaphore]

  /// Starts `threads` threads before a queue of `limit`.
  package init(threads: Int, limit: Int) {
    let threads = max(1, threads)
    queue = Mutex(RequestQueue(threads: threads, limit: limit))
    bells = (0..<threads).map { _ in DispatchSemaphore(value: 0) }
    awake = Atomic(threads)
    for index in 0..<threads {
      DispatchQueue(label: "matquay.request.\(index)").async { [self] in
        csystem_set_thread_name("mq-request-\(index)")
        run(index)
      }
    }
  }

  /// A thread is awake: what was handed over may be answered without a loop being woken at once.
  var isBusy: Bool { awake.load(ordering: .relaxed) > 0 }

  /// Hands over all of `batch`, which is empty afterwards. What finds no place is called with
  /// `isTaken` false, here.
  package func submit(_ batch: inout [Work]) {
    guard !batch.isEmpty else { return }
    let (taken, sleeper) = withQueue { $0.add(batch) }
    ring(sleeper)
    for work in batch[taken...] { Self.refuse(work) }
    batch.removeAll(keepingCapacity: batch.count <= 256)
  }

  /// Hands over the rest of a request that was let in: it goes past the bound of the queue.
  package func submitUrgent(_ work: @escaping Work) {
    let (isTaken, sleeper) = withQueue { $0.addUrgent(work) }
    ring(sleeper)
    if !isTaken { Self.refuse(work) }
  }

  /// Wakes another thread where work waits and none was begun for a while. Called by the loops,
  /// which alone have a clock; `now` is in nanoseconds.
  func relieve(now: Int64) {
    ring(withQueue { $0.relieve(now: now) })
  }

  /// Lets the threads end when the queue is empty; nothing is taken from now on.
  package func stop() {
    for sleeper in withQueue({ $0.stop() }) { ring(sleeper) }
  }

  private func withQueue<Result: Sendable>(_ body: (inout RequestQueue<Work>) -> Result) -> Result {
    queue.withLock { queue in
      let result = body(&queue)
      awake.store(queue.awake, ordering: .relaxed)
      return result
    }
  }

  private func ring(_ sleeper: Int?) {
    if let sleeper { bells[sleeper].signal() }
  }

  private static func refuse(_ work: Work) {
    var context = WorkContext(isTaken: false)
    work(&context)
    context.wakeNow()
  }

  private func run(_ index: Int) {
    var context = WorkContext(isTaken: true)
    while true {
      switch withQueue({ $0.next(for: index) }) {
      case .work(let work): work(&context)
      case .sleep:
        context.wakeNow()
        bells[index].wait()
      case .end: return context.wakeNow()
      }
    }
  }
}
