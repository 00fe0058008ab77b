/// The physical cache behind the virtual real state (specs/paging.md, 4c): it holds at most k
/// pages, fetches only what is requested and evicts at most one page a request, always one that
/// the virtual state has let go, the one that went stale first.
///
/// Invariants: a page is in the stale queue exactly if it is present here and absent from the
/// virtual state (as last told by `update`); `count <= capacity`.
struct LazyCache: Sendable {
  let capacity: Int
  private(set) var count = 0
  private(set) var present: [Bool] = []
  /// Stale pages, oldest first.
  private var stale = PageQueue()

  init(capacity: Int) { self.capacity = capacity }

  mutating func addPage() {
    present.append(false)
    stale.addPage()
  }

  /// Tells whether the virtual state holds the page now.
  mutating func update(_ page: Int, held: Bool) {
    if held {
      stale.remove(page)
    } else if present[page], !stale.contains(page) {
      stale.append(page)
    }
  }

  /// Serves a request whose page the virtual state holds. Returns the page evicted, -1 for none.
  /// The stale queue is not empty when the cache is full: the virtual state holds at most k pages,
  /// one of which is the absent requested page.
  mutating func fetch(_ page: Int) -> Int {
    var evicted = -1
    if count == capacity {
      precondition(stale.first >= 0, "lazy cache: no stale page")
      evicted = Int(stale.first)
      stale.remove(evicted)
      present[evicted] = false
      count -= 1
    }
    present[page] = true
    count += 1
    return evicted
  }

  /// The stale pages, oldest first.
  func staleQueue() -> [Int32] { stale.order() }

  func write(to writer: inout SnapshotWriter) {
    writer.list(present.indices.filter { present[$0] }.map { Int32(truncatingIfNeeded: $0) })
    writer.list(staleQueue())
  }

  /// Fills an empty one.
  mutating func read(
    from reader: inout SnapshotReader, pages: Int
  ) throws(PagingSnapshotError) {
    for _ in 0..<pages { addPage() }
    for page in try reader.pages(below: pages, "the cache") {
      present[Int(page)] = true
      count += 1
    }
    guard count <= capacity else { throw .damaged("the cache holds too many pages") }
    for page in try reader.pages(below: pages, "the stale queue") {
      guard present[Int(page)] else { throw .damaged("an absent page is stale") }
      stale.append(Int(page))
    }
  }
}
