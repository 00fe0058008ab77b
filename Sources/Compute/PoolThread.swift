import CSystem
import Glibc
import Synchronization

/// A POSIX thread with a stack large enough for LAPACK, signals blocked (they belong to the threads
/// that wait for them).
///
/// Wraps pthread and does nothing else. Invariant that makes it Sendable: the handle is written
/// once, before any other thread can see the object.
final class PoolThread: @unchecked Sendable {
  /// LAPACK's recursive routines and our own keep block scratch on the stack; the default of a
  /// secondary thread depends on the limits of whoever started the process.
  private static let stackBytes = 16 << 20

  private let handle: pthread_t
  private let isJoined = Atomic(false)

  init(name: String, body: @escaping @Sendable () -> Void) {
    let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, Self.stackBytes)
    var made = pthread_t()
    let failure = pthread_create(
      &made, &attributes,
      { argument in
        guard let argument else { return nil }
        Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, start.toOpaque())
    pthread_attr_destroy(&attributes)
    precondition(failure == 0, "no thread to be had: error \(failure)")
    handle = made
  }

  /// A thread that nobody waited for gives back its memory when it ends.
  deinit {
    if !isJoined.load(ordering: .relaxed) { pthread_detach(handle) }
  }

  /// Waits for the end of the thread; once at most.
  func join() {
    isJoined.store(true, ordering: .relaxed)
    pthread_join(handle, nil)
  }
}

/// What a new thread needs, handed over through C.
private final class ThreadStart: Sendable {
  private let name: String
  private let body: @Sendable () -> Void

  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }

  func run() {
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, nil)
    csystem_set_thread_name(name)
    body()
  }
}
