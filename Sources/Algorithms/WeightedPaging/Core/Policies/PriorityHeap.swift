/// A binary min-heap of pages by (priority, last request), with slots kept outside.
struct PriorityHeap: Sendable, Equatable {
  /// Least priority first, then least recently used.
  struct Key: Sendable, Equatable {
    var priority: Double
    var tick: Int

    @inline(__always)
    static func < (a: Key, b: Key) -> Bool {
      a.priority < b.priority || (a.priority == b.priority && a.tick < b.tick)
    }
  }

  struct Item: Sendable, Equatable {
    var key: Key
    var page: Int32
  }

  /// In heap order.
  private(set) var items: [Item] = []
  var count: Int { items.count }

  init() {}
  init(items: [Item]) { self.items = items }

  mutating func insert(_ page: Int32, key: Key, slots: inout [Int32]) {
    items.append(Item(key: key, page: page))
    siftUp(items.count - 1, slots: &slots)
  }

  /// Lowers a page's key; a greater one is left for `raiseFirst`, when the entry comes to the top.
  mutating func lower(_ page: Int32, to key: Key, slots: inout [Int32]) {
    let i = Int(slots[Int(page)])
    guard key < items[i].key else { return }
    items[i].key = key
    siftUp(i, slots: &slots)
  }

  mutating func raiseFirst(to key: Key, slots: inout [Int32]) {
    items[0].key = key
    siftDown(0, slots: &slots)
  }

  mutating func remove(at hole: Int, slots: inout [Int32]) {
    let last = items.removeLast()
    guard hole < items.count else { return }
    items[hole] = last
    siftDown(hole, slots: &slots)
    siftUp(Int(slots[Int(last.page)]), slots: &slots)
  }

  private mutating func siftUp(_ start: Int, slots: inout [Int32]) {
    let item = items[start]
    var hole = start
    while hole > 0 {
      let parent = (hole - 1) / 2
      guard item.key < items[parent].key else { break }
      items[hole] = items[parent]
      slots[Int(items[hole].page)] = Int32(truncatingIfNeeded: hole)
      hole = parent
    }
    items[hole] = item
    slots[Int(item.page)] = Int32(truncatingIfNeeded: hole)
  }

  private mutating func siftDown(_ start: Int, slots: inout [Int32]) {
    let item = items[start]
    var hole = start
    while true {
      var child = 2 * hole + 1
      guard child < items.count else { break }
      if child + 1 < items.count, items[child + 1].key < items[child].key { child += 1 }
      guard items[child].key < item.key else { break }
      items[hole] = items[child]
      slots[Int(items[hole].page)] = Int32(truncatingIfNeeded: hole)
      hole = child
    }
    items[hole] = item
    slots[Int(item.page)] = Int32(truncatingIfNeeded: hole)
  }
}
