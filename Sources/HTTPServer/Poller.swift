import CSystem
import Glibc

/// The epoll descriptor of one loop: level-triggered, edge-triggered for the mailbox and for
/// connections in clear.
struct Poller: ~Copyable {
  private let descriptor: Int32
  private var events = [csystem_event](repeating: csystem_event(), count: 256)

  init() throws(ServerError) {
    descriptor = csystem_poll_create()
    guard descriptor >= 0 else {
      throw .system(call: "epoll_create1", errorNumber: errno, address: "loop")
    }
  }

  deinit { close(descriptor) }

  func add(_ target: Int32, _ events: UInt32, token: UInt64) -> Bool {
    csystem_poll_add(descriptor, target, events, token) == 0
  }

  /// Watches a descriptor for other events; also where they are the same it is looked at anew, and
  /// what is there now is reported.
  func change(_ target: Int32, _ events: UInt32, token: UInt64) {
    _ = csystem_poll_change(descriptor, target, events, token)
  }

  func remove(_ target: Int32) {
    _ = csystem_poll_remove(descriptor, target)
  }

  /// Waits; an interrupted wait reports nothing.
  mutating func wait(milliseconds: Int32) -> Int {
    let count = events.withUnsafeMutableBufferPointer {
      csystem_poll_wait(descriptor, $0.baseAddress, Int32($0.count), milliseconds)
    }
    return max(0, Int(count))
  }

  func event(_ index: Int) -> (token: UInt64, events: UInt32) {
    (events[index].token, events[index].events)
  }
}
