/// Evicts the page whose predicted next request is farthest: Belady's rule on predictions. No
/// guarantee of its own; `SwitchedPolicy` gives it one. O(log k) a request.
struct PredictedNextPolicy: ExpertPolicy {
  let capacity: Int
  /// Predicted time of the next request of the page about to be served; infinite: never.
  var prediction = Double.infinity
  private var heap = PriorityHeap()
  private var slots: [Int32] = []
  private var time = 0

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

  mutating func observe(_ cost: Double, page: Int) {}

  func isPresent(_ page: Int) -> Bool { slots[page] >= 0 }
}
