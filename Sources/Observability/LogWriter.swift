import Dispatch
import Glibc
import Synchronization

/// Writes log lines to a descriptor from a queue of its own.
///
/// Invariants:
/// 1. Lines come out whole and in the order in which `write` took them.
/// 2. At most `capacity` bytes wait; a line that does not fit is counted and dropped, so a reader
///    that stopped reading never stops the service.
/// 3. A drain is scheduled exactly while bytes wait: lines of one batch cost one system call.
public final class LogWriter: LogSink {
  private struct Waiting {
    var bytes: [UInt8] = []
    var dropped = 0
  }

  private let descriptor: Int32
  private let capacity: Int
  private let waiting = Mutex(Waiting())
  private let queue = DispatchQueue(label: "matquay.log")
  private let droppedTotal = Atomic<Int>(0)

  /// - Parameters:
  ///   - descriptor: open for writing for as long as the writer lives; 2 is standard error.
  ///   - capacity: bytes that may wait, ≥ 1.
  public init(descriptor: Int32 = 2, capacity: Int = 4 << 20) {
    precondition(capacity >= 1)
    self.descriptor = descriptor
    self.capacity = capacity
  }

  /// Lines dropped so far because the reader was too slow.
  public var dropped: Int { droppedTotal.load(ordering: .relaxed) }

  public func write(_ line: [UInt8], urgent: Bool) {
    enum Outcome { case first, queued, dropped }
    let outcome = waiting.withLock { waiting -> Outcome in
      guard waiting.bytes.count + line.count <= capacity else {
        waiting.dropped += 1
        return .dropped
      }
      let isFirst = waiting.bytes.isEmpty
      waiting.bytes += line
      return isFirst ? .first : .queued
    }
    switch outcome {
    case .dropped: droppedTotal.add(1, ordering: .relaxed)
    case .first where !urgent:
      // 2 ms gather a batch under load and are not noticed by a person.
      queue.asyncAfter(deadline: .now() + .milliseconds(2)) { [self] in drain() }
    case .first: queue.async { [self] in drain() }
    case .queued: if urgent { queue.async { [self] in drain() } }
    }
  }

  /// Returns when every line taken before the call is written (or the descriptor failed).
  public func flush() {
    queue.sync { drain() }
  }

  /// On `queue` only.
  private func drain() {
    let (bytes, dropped) = waiting.withLock { waiting in
      defer { waiting = Waiting() }
      return (waiting.bytes, waiting.dropped)
    }
    writeAll(bytes)
    if dropped > 0 {
      writeAll(Array("matquay: \(dropped) log lines dropped: the reader is too slow\n".utf8))
    }
  }

  private func writeAll(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        return
      }
    }
  }
}
