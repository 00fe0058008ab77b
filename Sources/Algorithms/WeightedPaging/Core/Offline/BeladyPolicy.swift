/// Farthest next request first; needs the whole trace. The optimum where all weights are equal.
/// O(log k) a request.
struct BeladyPolicy: OnlinePolicy {
  let capacity: Int
  /// For each request the time of the page's next one; `trace.count` for none.
  private let next: [Int32]
  private var heap = PriorityHeap()
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

  mutating func addPage(weight: Double?) { heap.addPage() }

  mutating func serve(_ page: Int) -> Served {
    // The heap's least key is the farthest request; keys of present pages only fall.
    let key = PriorityHeap.Key(priority: -Double(next[time]), tick: time)
    time += 1
    if heap.contains(page) {
      heap.lower(page, to: key)
      return Served(hit: true)
    }
    let evicted = heap.count == capacity ? heap.popFirst() : -1
    heap.insert(page, key: key)
    return Served(hit: false, evicted: evicted)
  }

  mutating func observe(_ cost: Double, page: Int) -> SampleUse { .discarded }
}
