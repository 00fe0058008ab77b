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
  /// The stale queue, oldest first, as a doubly linked list; -1 ends it, -2: not in the queue.
  private var next: [Int32] = []
  private var previous: [Int32] = []
  private var head: Int32 = -1
  private var tail: Int32 = -1

  init(capacity: Int) { self.capacity = capacity }

  mutating func addPage() {
    present.append(false)
    next.append(-2)
    previous.append(-2)
  }

  /// Tells whether the virtual state holds the page now.
  mutating func update(_ page: Int, held: Bool) {
    if held {
      unlink(page)
    } else if present[page], next[page] == -2 {
      append(page)
    }
  }

  /// Serves a request whose page the virtual state holds. Returns the page evicted, -1 for none.
  /// The stale queue is not empty when the cache is full: the virtual state holds at most k pages,
  /// one of which is the absent requested page.
  mutating func fetch(_ page: Int) -> Int {
    var evicted = -1
    if count == capacity {
      precondition(head >= 0, "lazy cache: no stale page")
      evicted = Int(head)
      unlink(evicted)
      present[evicted] = false
      count -= 1
    }
    present[page] = true
    count += 1
    return evicted
  }

  /// The stale pages, oldest first.
  func staleQueue() -> [Int32] {
    var pages: [Int32] = []
    var page = head
    while page >= 0 {
      pages.append(page)
      page = next[Int(page)]
    }
    return pages
  }

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
      append(Int(page))
    }
  }

  private mutating func append(_ page: Int) {
    let id = Int32(truncatingIfNeeded: page)
    previous[page] = tail
    next[page] = -1
    if tail >= 0 { next[Int(tail)] = id } else { head = id }
    tail = id
  }

  private mutating func unlink(_ page: Int) {
    let (before, after) = (previous[page], next[page])
    guard after != -2 else { return }
    if before >= 0 { next[Int(before)] = after } else { head = after }
    if after >= 0 { previous[Int(after)] = before } else { tail = before }
    next[page] = -2
    previous[page] = -2
  }
}
