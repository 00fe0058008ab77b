/// Farthest next request first; needs the whole trace. The optimum where all weights are equal.
/// O(log k) a request.
struct BeladyPolicy: OnlinePolicy {
  let capacity: Int
  /// For each request the time of the page's next one; `trace.count` for none.
  private let next: [Int32]
  private var heap = PriorityHeap()
  private var slots: [Int32] = []
  private var time = 0

  init(capacity: Int, trace: [Int32], pages: Int) {
    self.capacity = capacity
    var next = Array(repeating: Int32(0), count: trace.count)
    var later = Array(repeating: Int32(truncatingIfNeeded: trace.count), count: pages)
    for t in stride(from: trace.count - 1, through: 0, by: -1) {
      next[t] = later[Int(trace[t])]
      later[Int(trace[t])] = Int32(truncatingIfNeeded: t)
    }
    self.next = next
  }

  mutating func addPage(weight: Double?) { slots.append(-1) }

  mutating func serve(_ page: Int) -> Served {
    // The heap's least key is the farthest request; keys of present pages only fall.
    let key = PriorityHeap.Key(priority: -Double(next[time]), tick: time)
    time += 1
    let id = Int32(truncatingIfNeeded: page)
    if slots[page] >= 0 {
      heap.lower(id, to: key, slots: &slots)
      return Served(hit: true)
    }
    var evicted = -1
    if heap.count == capacity {
      evicted = Int(heap.items[0].page)
      heap.remove(at: 0, slots: &slots)
      slots[evicted] = -1
    }
    heap.insert(id, key: key, slots: &slots)
    return Served(hit: false, evicted: evicted)
  }

  mutating func observe(_ cost: Double, page: Int) -> SampleUse { .discarded }
}
