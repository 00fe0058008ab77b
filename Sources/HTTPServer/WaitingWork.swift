/// Requests that are whole and wait for a thread, in the order they came.
///
/// A `Deque` copies what is appended, with a reference taken and given back for each of its parts;
/// most requests leave by the end at which they came, in the same moment.
struct WaitingWork {
  /// Nil where it was taken from the front.
  private var items: [RequestWork?] = []
  private var taken = 0

  var count: Int { items.count - taken }
  var isEmpty: Bool { items.count == taken }

  mutating func append(_ work: consuming RequestWork) {
    items.append(work)
  }

  mutating func popLast() -> RequestWork? {
    guard !isEmpty, let last = items.popLast() else { return nil }
    if isEmpty { removeAll() }
    return last
  }

  mutating func popFirst() -> RequestWork? {
    guard !isEmpty else { return nil }
    let first = items[taken].take()
    taken += 1
    if isEmpty { removeAll() }
    return first
  }

  /// Room for some stays.
  mutating func removeAll() {
    items.removeAll(keepingCapacity: items.capacity <= 512)
    taken = 0
  }
}
