/// LRU and FIFO: a doubly linked list of the pages present, the next to go first. O(1) a request.
struct RecencyPolicy: OnlinePolicy {
  let capacity: Int
  /// A hit moves the page to the end (LRU) or not (FIFO).
  let renews: Bool
  private var next: [Int32] = []
  private var previous: [Int32] = []
  private var head: Int32 = -1
  private var tail: Int32 = -1
  private var count = 0

  init(capacity: Int, renews: Bool) {
    self.capacity = capacity
    self.renews = renews
  }

  mutating func addPage(weight: Double?) {
    next.append(-2)
    previous.append(-2)
  }

  mutating func serve(_ page: Int) -> Served {
    if next[page] != -2 {
      if renews {
        unlink(page)
        append(page)
      }
      return Served(hit: true)
    }
    var evicted = -1
    if count == capacity {
      evicted = Int(head)
      unlink(evicted)
      count -= 1
    }
    append(page)
    count += 1
    return Served(hit: false, evicted: evicted)
  }

  mutating func observe(_ cost: Double, page: Int) -> SampleUse { .discarded }

  func isPresent(_ page: Int) -> Bool { next[page] != -2 }
  var presentCount: Int { count }

  /// The pages present, the next to go first: the whole state.
  func order() -> [Int32] {
    var pages: [Int32] = []
    var page = head
    while page >= 0 {
      pages.append(page)
      page = next[Int(page)]
    }
    return pages
  }

  /// The state with these pages present, each known and named once.
  mutating func restore(order: [Int32]) {
    for page in order { append(Int(page)) }
    count = order.count
  }

  private mutating func append(_ page: Int) {
    let id = Int32(truncatingIfNeeded: page)
    previous[page] = tail
    next[page] = -1
    if tail >= 0 { next[Int(tail)] = id } else { head = id }
    tail = id
  }

  private mutating func unlink(_ page: Int) {
    let (before, after) = (previous[page], next[page])
    if before >= 0 { next[Int(before)] = after } else { head = after }
    if after >= 0 { previous[Int(after)] = before } else { tail = before }
    next[page] = -2
    previous[page] = -2
  }
}
