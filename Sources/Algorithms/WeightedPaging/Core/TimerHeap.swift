/// A binary min-heap of pages by key, with each page's slot kept in an array outside, so that any
/// page can be taken out in O(log n). Ties fall as the sequence of calls has laid the heap out, so
/// a copy of `items` behaves exactly like the original.
struct TimerHeap: Sendable {
  struct Item: Sendable {
    var key: Double
    var page: Int32
  }

  /// In heap order.
  private(set) var items: [Item] = []

  var isEmpty: Bool { items.isEmpty }
  /// The least key; infinite when empty.
  var first: Double { items.isEmpty ? .infinity : items[0].key }

  init() {}

  /// Takes over items that are in heap order, as `items` gave them. Nil where they are not.
  init?(restoring items: [Item], slots: inout [Int32]) {
    for i in items.indices.dropFirst() where !(items[(i - 1) / 2].key <= items[i].key) {
      return nil
    }
    self.items = items
    for (i, item) in items.enumerated() { slots[Int(item.page)] = Int32(truncatingIfNeeded: i) }
  }

  mutating func insert(_ page: Int32, key: Double, slots: inout [Int32]) {
    items.append(Item(key: key, page: page))
    siftUp(items.count - 1, slots: &slots)
  }

  mutating func remove(_ page: Int32, slots: inout [Int32]) {
    let hole = Int(slots[Int(page)])
    let last = items.removeLast()
    guard hole < items.count else { return }
    let old = items[hole].key
    items[hole] = last
    if last.key < old { siftUp(hole, slots: &slots) } else { siftDown(hole, slots: &slots) }
  }

  mutating func replaceFirst(key: Double, slots: inout [Int32]) {
    items[0].key = key
    siftDown(0, slots: &slots)
  }

  /// Raises a page's key.
  mutating func raise(_ page: Int32, to key: Double, slots: inout [Int32]) {
    let i = Int(slots[Int(page)])
    items[i].key = key
    siftDown(i, slots: &slots)
  }

  /// Subtracts `amount` from every key; the order stays, because rounding is monotone.
  mutating func shift(by amount: Double) {
    for i in items.indices { items[i].key -= amount }
  }

  private mutating func siftUp(_ start: Int, slots: inout [Int32]) {
    let item = items[start]
    var hole = start
    while hole > 0 {
      let parent = (hole - 1) / 2
      let above = items[parent]
      if above.key <= item.key { break }
      items[hole] = above
      slots[Int(above.page)] = Int32(truncatingIfNeeded: hole)
      hole = parent
    }
    items[hole] = item
    slots[Int(item.page)] = Int32(truncatingIfNeeded: hole)
  }

  private mutating func siftDown(_ start: Int, slots: inout [Int32]) {
    let count = items.count
    let item = items[start]
    var hole = start
    while true {
      var child = 2 * hole + 1
      guard child < count else { break }
      var least = items[child]
      if child + 1 < count {
        let other = items[child + 1]
        if other.key < least.key {
          least = other
          child += 1
        }
      }
      if item.key <= least.key { break }
      items[hole] = least
      slots[Int(least.page)] = Int32(truncatingIfNeeded: hole)
      hole = child
    }
    items[hole] = item
    slots[Int(item.page)] = Int32(truncatingIfNeeded: hole)
  }
}
