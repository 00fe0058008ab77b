import Synchronization

/// One parallel loop: indices handed out to whoever takes part.
///
/// 1. An index is handed out once.
/// 2. A helper calls the body only between a successful `join` and its `leave`.
/// 3. `finish` closes the loop to new helpers and returns when all who joined have left: then all
///    indices are done and nobody holds the body.
///
/// States: open (`init`) → closed (`finish`).
final class ParallelLoop: Sendable {
  private struct Helpers {
    var active = 0
    var isClosed = false
  }

  private let count: Int
  private let next = Atomic(0)
  private let body: BorrowedBody
  private let helpers = ThreadGate(Helpers())

  init(count: Int, body: BorrowedBody) {
    self.count = count
    self.body = body
  }

  /// Whether some index was not yet handed out.
  var hasWork: Bool { next.load(ordering: .relaxed) < count }

  /// Enters as a helper; false when the loop is closed.
  func join() -> Bool {
    helpers.withLock { helpers in
      if helpers.isClosed { return false }
      helpers.active += 1
      return true
    }
  }

  func leave() {
    let last = helpers.withLock { helpers in
      helpers.active -= 1
      return helpers.active == 0
    }
    if last { helpers.wakeAll() }
  }

  /// Runs indices until none is left to hand out.
  func takePart() {
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      if index >= count { return }
      body.call(index)
      // Behind the last one others may wait for this thread.
      if hasWork { Courtesy.offerCore() }
    }
  }

  /// Closes the loop and waits for the helpers.
  func finish() {
    helpers.wait { helpers -> Void? in
      helpers.isClosed = true
      return helpers.active == 0 ? () : nil
    }
  }
}

/// A closure lent to other threads for the time of one loop, without a reference of their own.
///
/// Invariant that makes it Sendable: the closure itself is Sendable, and the pointer is followed
/// only between `ParallelLoop.join` and `leave` (or by the loop's owner), while the frame that lent
/// it is still waiting in `ParallelLoop.finish`.
struct BorrowedBody: @unchecked Sendable {
  private let pointer: UnsafePointer<@Sendable (Int) -> Void>

  init(_ pointer: UnsafePointer<@Sendable (Int) -> Void>) {
    self.pointer = pointer
  }

  /// Not inlined, so that any reference taken for the call is given back before it returns.
  @inline(never)
  func call(_ index: Int) { pointer.pointee(index) }
}
