import Compute
import Dispatch
import Synchronization

/// Runs work on a pool and waits for it.
enum TestRun {
  static func onPool<R: Sendable>(
    _ pool: ComputePool, width: Int, _ work: @escaping @Sendable (any ParallelExecutor) -> R?
  ) -> R? {
    let done = DispatchSemaphore(value: 0)
    let box = ResultBox<R>()
    pool.run(width: width) { executor in
      let value = work(executor)
      box.value.withLock { $0 = value }
      done.signal()
    }
    done.wait()
    return box.value.withLock { $0 }
  }
}

private final class ResultBox<R: Sendable>: Sendable {
  let value = Mutex<R?>(nil)
}
