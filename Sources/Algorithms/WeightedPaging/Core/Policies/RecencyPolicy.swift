/// LRU and FIFO: a queue of the pages present, the next to go first. O(1) a request.
struct RecencyPolicy: OnlinePolicy {
  let capacity: Int
  /// A hit moves the page to the end (LRU) or not (FIFO).
  let renews: Bool
  private var queue = PageQueue()
  private var count = 0

  init(capacity: Int, renews: Bool) {
    self.capacity = capacity
    self.renews = renews
  }

  mutating func addPage(weight: Double?) { queue.addPage() }

  mutating func serve(_ page: Int) -> Served {
    if queue.contains(page) {
      if renews {
        queue.remove(page)
        queue.append(page)
      }
      return Served(hit: true)
    }
    var evicted = -1
    if count == capacity {
      evicted = Int(queue.first)
      queue.remove(evicted)
      count -= 1
    }
    queue.append(page)
    count += 1
    return Served(hit: false, evicted: evicted)
  }

  mutating func observe(_ cost: Double, page: Int) -> SampleUse { .discarded }

  func isPresent(_ page: Int) -> Bool { queue.contains(page) }

  /// The pages present, the next to go first: the whole state.
  func order() -> [Int32] { queue.order() }

  /// The state with these pages present, each known and named once.
  mutating func restore(order: [Int32]) {
    for page in order { queue.append(Int(page)) }
    count = order.count
  }
}
