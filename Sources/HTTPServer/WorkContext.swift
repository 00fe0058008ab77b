/// What a piece of work is told, and what it leaves to be done for a whole batch at once.
///
/// Waking a loop costs a system call. Work that answers through a mailbox leaves the waking here;
/// the thread does it when it has run out of work, or after so many pieces.
package struct WorkContext: ~Copyable {
  /// Pieces after which loops are woken although more work waits.
  private static let longestBatch = 32

  /// False where the queue was full or the pool has stopped: say so, and compute nothing.
  package let isTaken: Bool
  private var sleeping: Mailbox?
  private var answers = 0

  package init(isTaken: Bool) {
    self.isTaken = isTaken
  }

  /// There are messages in `mailbox` of which its loop has not been told.
  mutating func wakesLater(_ mailbox: Mailbox) {
    if let sleeping, sleeping !== mailbox { sleeping.wake() }
    sleeping = mailbox
    answers += 1
    if answers >= Self.longestBatch { wakeNow() }
  }

  /// The thread goes to sleep, or has kept them waiting for long enough.
  mutating func wakeNow() {
    answers = 0
    guard let mailbox = sleeping else { return }
    sleeping = nil
    mailbox.wake()
  }
}
