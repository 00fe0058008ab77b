import HeapModule

/// Ids in order of a rank that may change: a heap whose outdated entries are dropped when they
/// come up. O(log n) a change, amortised.
struct RankedItems: Sendable {
  private struct Entry: Comparable, Sendable {
    let rank: Double
    /// Breaks ties: earlier insertions first.
    let number: Int64
    let id: Int64

    static func < (left: Entry, right: Entry) -> Bool {
      (left.rank, left.number) < (right.rank, right.number)
    }
  }

  private var heap = Heap<Entry>()
  /// The number of each id's valid entry.
  private var current: [Int64: Int64] = [:]
  private var next: Int64 = 0

  func contains(_ id: Int64) -> Bool { current[id] != nil }

  /// Adds an id or changes its rank.
  mutating func insert(_ id: Int64, rank: Double) {
    next += 1
    current[id] = next
    heap.insert(Entry(rank: rank, number: next, id: id))
    if heap.count > 2 * current.count + 64 { compact() }
  }

  mutating func remove(_ id: Int64) { current[id] = nil }

  /// The id of least rank that satisfies the condition. O(k log n) for k that do not.
  mutating func first(where condition: (Int64) -> Bool) -> Int64? {
    var passed: [Entry] = []
    defer { heap.insert(contentsOf: passed) }
    while let entry = heap.popMin() {
      guard current[entry.id] == entry.number else { continue }
      passed.append(entry)
      if condition(entry.id) { return entry.id }
    }
    return nil
  }

  private mutating func compact() {
    heap = Heap(heap.unordered.filter { current[$0.id] == $0.number })
  }
}
