/// Evicts the page whose predicted next request is farthest: Belady's rule on predictions. No
/// guarantee of its own; `SwitchedPolicy` gives it one. O(log k) a request.
struct PredictedNextPolicy: ExpertPolicy {
  let capacity: Int
  /// Predicted time of the next request of the page about to be served; infinite: never.
  private var prediction = Double.infinity
  private(set) var heap = PriorityHeap()
  private(set) var time = 0

  init(capacity: Int) { self.capacity = capacity }

  mutating func addPage(weight: Double?) { heap.addPage() }

  mutating func serve(_ page: Int) -> Served {
    time += 1
    let key = PriorityHeap.Key(priority: -prediction, tick: time)
    let hit = heap.contains(page)
    var evicted = -1
    if hit {
      heap.replace(page, key: key)
    } else {
      if heap.count == capacity { evicted = heap.popFirst() }
      heap.insert(page, key: key)
    }
    return Served(hit: hit, evicted: evicted)
  }

  mutating func predict(_ next: Double) { prediction = next }

  mutating func observe(_ cost: Double, page: Int) -> SampleUse { .discarded }

  func isPresent(_ page: Int) -> Bool { heap.contains(page) }

  /// The state as a snapshot holds it, already checked.
  mutating func restore(heap: PriorityHeap, time: Int) {
    self.heap = heap
    self.time = time
  }
}
