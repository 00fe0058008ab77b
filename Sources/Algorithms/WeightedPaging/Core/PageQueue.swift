/// A queue of pages from which any page can be taken: a doubly linked list over dense indices.
/// Every operation is O(1) but `order`.
struct PageQueue: Sendable {
  /// The neighbours of each page; -1 ends the list, -2: not in the queue.
  private var next: [Int32] = []
  private var previous: [Int32] = []
  /// The page at the front; -1: none.
  private(set) var first: Int32 = -1
  private var last: Int32 = -1

  /// Makes the next page known, outside of the queue.
  mutating func addPage() {
    next.append(-2)
    previous.append(-2)
  }

  func contains(_ page: Int) -> Bool { next[page] != -2 }

  /// Puts a page that is not in the queue at its end.
  mutating func append(_ page: Int) {
    let id = Int32(truncatingIfNeeded: page)
    previous[page] = last
    next[page] = -1
    if last >= 0 { next[Int(last)] = id } else { first = id }
    last = id
  }

  /// Takes a page out; nothing where it is not in the queue.
  mutating func remove(_ page: Int) {
    let (before, after) = (previous[page], next[page])
    guard after != -2 else { return }
    if before >= 0 { next[Int(before)] = after } else { first = after }
    if after >= 0 { previous[Int(after)] = before } else { last = before }
    next[page] = -2
    previous[page] = -2
  }

  /// The pages from the front to the end: the whole state.
  func order() -> [Int32] {
    var pages: [Int32] = []
    var page = first
    while page >= 0 {
      pages.append(page)
      page = next[Int(page)]
    }
    return pages
  }
}
