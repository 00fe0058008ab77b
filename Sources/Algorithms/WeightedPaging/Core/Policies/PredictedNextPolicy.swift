/// Evicts the page whose predicted next request is farthest: Belady's rule on predictions. No
/// guarantee of its own; `SwitchedPolicy` gives it one. O(log k) a request.
struct PredictedNextPolicy: ExpertPolicy {
  let capacity: Int
  /// Predicted time of the next request of the page about to be served; infinite: never.
  private var prediction = Double.infinity
  private(set) var heap = PriorityHeap()
  private var slots: [Int32] = []
  private(set) var time = 0

  init(capacity: Int) { self.capacity = capacity }

  mutating func addPage(weight: Double?) { slots.append(-1) }

  mutating func serve(_ page: Int) -> Served {
    time += 1
    let key = PriorityHeap.Key(priority: -prediction, tick: time)
    let hit = slots[page] >= 0
    var evicted = -1
    if hit {
      heap.remove(at: Int(slots[page]), slots: &slots)
    } else if heap.count == capacity {
      evicted = Int(heap.items[0].page)
      heap.remove(at: 0, slots: &slots)
      slots[evicted] = -1
    }
    heap.insert(Int32(truncatingIfNeeded: page), key: key, slots: &slots)
    return Served(hit: hit, evicted: evicted)
  }

  mutating func predict(_ next: Double) { prediction = next }

  mutating func observe(_ cost: Double, page: Int) -> SampleUse { .discarded }

  func isPresent(_ page: Int) -> Bool { slots[page] >= 0 }

  /// The state as a snapshot holds it, already checked.
  mutating func restore(heap: PriorityHeap, time: Int, pages: Int) {
    self.heap = heap
    self.time = time
    slots = Array(repeating: -1, count: pages)
    for (i, item) in heap.items.enumerated() {
      slots[Int(item.page)] = Int32(truncatingIfNeeded: i)
    }
  }
}
