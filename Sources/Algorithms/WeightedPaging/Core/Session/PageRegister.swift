/// The pages that a session knows: names by index, and back.
///
/// With a limit, indices are used again: past it a new page takes the index of one that may be
/// forgotten, that which was not requested for longest. A page passed over because it may not be
/// forgotten goes to the end of the queue, and at most `looks` are looked at for each new page, so
/// that the search is O(1); where none is found the limit gives way.
///
/// Invariants: `index[names[i]] == i`; with a limit `queue` holds every index, and `born[i]` is the
/// number of the first ticket that can be of the page now at i.
struct PageRegister: Sendable {
  /// Pages remembered; 0: all.
  let limit: Int
  private(set) var names: [PageID] = []
  private var index: [PageID: Int32] = [:]
  private var queue = PageQueue()
  private var born: [Int] = []
  /// Bytes of names that do not fit into a `String` itself.
  private(set) var nameBytes = 0

  private static let looks = 64

  init(limit: Int) { self.limit = limit }

  var count: Int { names.count }

  subscript(name: PageID) -> Int32? { index[name] }

  /// The page at this index is the one that it was when the ticket was issued.
  func isSame(_ page: Int, since ticket: Int) -> Bool { limit == 0 || ticket >= born[page] }

  mutating func add(_ name: PageID, ticket: Int) -> Int32 {
    let page = Int32(truncatingIfNeeded: names.count)
    index[name] = page
    names.append(name)
    nameBytes += name.heapBytes
    if limit > 0 {
      queue.addPage()
      queue.append(Int(page))
      born.append(ticket)
    }
    return page
  }

  /// Notes a request of a known page.
  mutating func touch(_ page: Int32) {
    guard limit > 0 else { return }
    queue.remove(Int(page))
    queue.append(Int(page))
  }

  /// The page to forget for a new one; nil below the limit, and where none may be forgotten.
  mutating func forgettable(where holds: (Int) -> Bool) -> Int32? {
    guard limit > 0, names.count >= limit else { return nil }
    for _ in 0..<min(Self.looks, names.count) {
      let page = queue.first
      if holds(Int(page)) { return page }
      touch(page)
    }
    return nil
  }

  mutating func rename(_ page: Int32, to name: PageID, ticket: Int) {
    let old = names[Int(page)]
    index[old] = nil
    index[name] = page
    names[Int(page)] = name
    nameBytes += name.heapBytes - old.heapBytes
    born[Int(page)] = ticket
    touch(page)
  }

  func write(to writer: inout SnapshotWriter) {
    writer.list(names) { $1.write(to: &$0) }
    guard limit > 0 else { return }
    writer.list(queue.order())
    writer.list(born.map { Int64($0) })
  }

  init(limit: Int, from reader: inout SnapshotReader) throws(PagingSnapshotError) {
    self.limit = limit
    names = try reader.list(size: 9) { (reader) throws(PagingSnapshotError) in
      try PageID(from: &reader)
    }
    for (i, name) in names.enumerated() {
      index[name] = Int32(truncatingIfNeeded: i)
      nameBytes += name.heapBytes
    }
    guard index.count == names.count, names.count <= PagingSession.mostPages,
      Set(names.map(\.isInteger)).count <= 1, !names.contains(where: \.isTooLong)
    else { throw .damaged("the pages") }
    guard limit > 0 else { return }
    let order = try reader.pages(below: names.count, "the order of pages")
    born = try reader.list(Int64.self).map { Int($0) }
    guard order.count == names.count, born.count == names.count else {
      throw .damaged("the order of pages")
    }
    for _ in names { queue.addPage() }
    for page in order { queue.append(Int(page)) }
  }
}

extension PageID {
  /// Bytes outside of the value: names of up to 15 bytes have none.
  fileprivate var heapBytes: Int {
    guard case .string(let name) = self, name.utf8.count > 15 else { return 0 }
    return 32 + name.utf8.count
  }
}
