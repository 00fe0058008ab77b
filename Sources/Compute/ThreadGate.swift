import Glibc

/// A value behind a lock, with a condition to sleep on (`Mutex` has none).
///
/// Owns raw memory and wraps pthread, and does nothing else. Invariants that make it Sendable: the
/// three objects never move (allocated once, freed in deinit); the value is touched only with the
/// lock held; POSIX allows every thread to use lock and condition at once.
package final class ThreadGate<Value>: @unchecked Sendable {
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  private let value: UnsafeMutablePointer<Value>

  package init(_ initial: sending Value) {
    lock = .allocate(capacity: 1)
    condition = .allocate(capacity: 1)
    value = .allocate(capacity: 1)
    lock.initialize(to: pthread_mutex_t())
    condition.initialize(to: pthread_cond_t())
    value.initialize(to: initial)
    precondition(pthread_mutex_init(lock, nil) == 0, "a mutex without attributes can be made")
    precondition(pthread_cond_init(condition, nil) == 0, "a condition can be made")
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(lock)
    value.deinitialize(count: 1)
    value.deallocate()
    condition.deallocate()
    lock.deallocate()
  }

  /// Runs `body` with the lock held.
  package func withLock<R>(_ body: (inout Value) -> R) -> R {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return body(&value.pointee)
  }

  /// Runs `body` with the lock held until it gives a result, sleeping in between until woken.
  package func wait<R>(_ body: (inout Value) -> R?) -> R {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    while true {
      if let result = body(&value.pointee) { return result }
      pthread_cond_wait(condition, lock)
    }
  }

  /// Wakes one sleeper, if any.
  package func wakeOne() { pthread_cond_signal(condition) }

  /// Wakes all sleepers.
  package func wakeAll() { pthread_cond_broadcast(condition) }
}
