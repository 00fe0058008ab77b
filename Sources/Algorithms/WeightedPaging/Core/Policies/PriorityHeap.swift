/// A binary min-heap of pages by (priority, last request), from which any page can be taken.
///
/// Keys that grow may be left as they are until the page comes to the top (`popFirst(current:)`):
/// the key of an entry is then at most the page's true key, which is enough to find the least.
struct PriorityHeap: Sendable {
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
  /// Place of each known page in `items`; -1: absent.
  private var slots: [Int32] = []

  var count: Int { items.count }

  init() {}

  /// With items in heap order, each of another page below `pages`.
  init(items: [Item], pages: Int) {
    self.items = items
    slots = Array(repeating: -1, count: pages)
    for (i, item) in items.enumerated() { slots[Int(item.page)] = Int32(truncatingIfNeeded: i) }
  }

  /// Makes the next page known, outside of the heap.
  mutating func addPage() { slots.append(-1) }

  func contains(_ page: Int) -> Bool { slots[page] >= 0 }

  mutating func insert(_ page: Int, key: Key) {
    items.append(Item(key: key, page: Int32(truncatingIfNeeded: page)))
    siftUp(items.count - 1)
  }

  /// Gives the page that key if it is less than its own; a greater one is left for `popFirst`.
  mutating func lower(_ page: Int, to key: Key) {
    let i = Int(slots[page])
    guard key < items[i].key else { return }
    items[i].key = key
    siftUp(i)
  }

  /// Gives the page that key, which it has had no better.
  mutating func replace(_ page: Int, key: Key) {
    let i = Int(slots[page])
    items[i].key = key
    siftDown(i)
    siftUp(Int(slots[page]))
  }

  /// Takes out the page whose `current` key is least.
  @inline(__always)
  mutating func popFirst(current: (Int) -> Key) -> (page: Int, key: Key) {
    while true {
      let page = Int(items[0].page)
      let key = current(page)
      if items[0].key == key {
        popFirst()
        return (page, key)
      }
      items[0].key = key
      siftDown(0)
    }
  }

  /// Takes out the page of the least key.
  @discardableResult
  mutating func popFirst() -> Int {
    let page = Int(items[0].page)
    let last = items.removeLast()
    slots[page] = -1
    if !items.isEmpty {
      items[0] = last
      siftDown(0)
    }
    return page
  }

  private mutating func siftUp(_ start: Int) {
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

  private mutating func siftDown(_ start: Int) {
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
