import Compute

/// Random marking: a requested page is marked; a miss evicts a random unmarked page; when all are
/// marked a new phase begins and all marks go. O(1) a request.
///
/// Invariant: `pages` holds the pages present, the unmarked ones in `pages[..<unmarked]`.
struct MarkingPolicy: OnlinePolicy {
  let capacity: Int
  private(set) var pages: [Int32] = []
  private(set) var unmarked = 0
  private(set) var random: RandomBits
  /// Place of each page in `pages`; -1: absent.
  private var place: [Int32] = []

  init(capacity: Int, random: RandomBits) {
    self.capacity = capacity
    self.random = random
  }

  mutating func addPage(weight: Double?) { place.append(-1) }

  mutating func serve(_ page: Int) -> Served {
    if place[page] >= 0 {
      mark(page)
      return Served(hit: true)
    }
    var evicted = -1
    if pages.count == capacity {
      if unmarked == 0 { unmarked = pages.count }
      let victim = random.draw(upTo: unmarked)
      evicted = Int(pages[victim])
      // The last unmarked page fills the hole, the last page of all fills that one's.
      swapPages(victim, unmarked - 1)
      swapPages(unmarked - 1, pages.count - 1)
      pages.removeLast()
      place[evicted] = -1
      unmarked -= 1
    }
    place[page] = Int32(truncatingIfNeeded: pages.count)
    pages.append(Int32(truncatingIfNeeded: page))
    return Served(hit: false, evicted: evicted)
  }

  mutating func observe(_ cost: Double, page: Int) -> SampleUse { .discarded }

  func isPresent(_ page: Int) -> Bool { place[page] >= 0 }

  /// The state with these pages present (each known, named once), the first `unmarked` unmarked.
  mutating func restore(pages: [Int32], unmarked: Int) {
    self.pages = pages
    self.unmarked = unmarked
    for (i, page) in pages.enumerated() { place[Int(page)] = Int32(truncatingIfNeeded: i) }
  }

  private mutating func mark(_ page: Int) {
    let i = Int(place[page])
    guard i < unmarked else { return }
    unmarked -= 1
    swapPages(i, unmarked)
  }

  private mutating func swapPages(_ i: Int, _ j: Int) {
    guard i != j else { return }
    pages.swapAt(i, j)
    place[Int(pages[i])] = Int32(truncatingIfNeeded: i)
    place[Int(pages[j])] = Int32(truncatingIfNeeded: j)
  }
}
