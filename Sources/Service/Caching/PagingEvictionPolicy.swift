import Compute
public import Jobs
import WeightedPaging

/// Lets the service's own paging engine decide which results the cache gives up. Experimental.
///
/// The engine's pages are of one size and results are not: each size class (sizes from a power of
/// two to the next) has an engine of its own, with as many slots as an even share of the capacity
/// holds. A page is a question, so that what computing its answer takes is remembered when the
/// answer is computed again; the cost of each computation is a sample of the page's weight.
///
/// Invariants:
/// 1. Every item of the cache is in `items`, in its class's `held`, and in its class's `recency`.
/// 2. `givenUp` holds those items that their engine evicted and that were not asked for since; they
///    go first, in that order. Where none may go, the class that exceeds its share most gives up
///    what it did not use for longest: shares are of slots, the cache is of bytes.
/// 3. A class knows at most `largestClass` questions; then, and when a class is added, engines are
///    made anew from what is held, in the order of its last use.
///
/// O(log n) a call beside the engine's; a new class costs O(n) of all. About 200 bytes a question.
public struct PagingEvictionPolicy: EvictionPolicy {
  private struct Item {
    let sizeClass: Int
    let page: Int
    let bytes: Int
    let question: UInt64
    var lastUse: Int
  }

  private struct SizeClass {
    var engine: PagingEngine
    var pages: [UInt64: Int] = [:]
    /// The item of a page that is in the cache.
    var held: [Int: Int64] = [:]
    var bytes = 0
    var recency = LRUPolicy()
  }

  /// Questions that one class knows.
  private static let largestClass = 65_536
  /// M: fewer states than a session's, for there is an engine for each class.
  private static let states = 16

  private let capacity: Int
  private var classes: [Int: SizeClass] = [:]
  private var items: [Int64: Item] = [:]
  private var givenUp = LRUPolicy()
  private var uses = 0

  /// - Parameter capacity: of the cache, in bytes.
  public init(capacity: Int) { self.capacity = capacity }

  public mutating func inserted(_ item: CacheItem) {
    let name = Self.sizeClass(item.bytes)
    if classes[name] == nil { addClass(name) }
    if classes[name]?.pages.count ?? 0 >= Self.largestClass,
      classes[name]?.pages[item.question] == nil
    {
      renewEngine(of: name)
    }
    uses += 1
    guard var sizeClass = classes[name] else { return }
    // In place: the dictionary would otherwise share the engine with this copy.
    classes[name] = nil
    let page = Self.page(of: item.question, in: &sizeClass)
    // An engine refuses nothing in this range.
    _ = try? sizeClass.engine.report(Self.cost(item.seconds), page: page)
    let decision = sizeClass.engine.request(page)
    if let old = sizeClass.held.updateValue(item.id, forKey: page) { givenUp.inserted(item: old) }
    sizeClass.bytes += item.bytes
    sizeClass.recency.inserted(item)
    items[item.id] = Item(
      sizeClass: name, page: page, bytes: item.bytes, question: item.question, lastUse: uses)
    giveUp(decision.evicted, of: sizeClass)
    classes[name] = sizeClass
  }

  public mutating func hit(_ id: Int64) {
    guard var item = items[id], var sizeClass = classes[item.sizeClass] else { return }
    classes[item.sizeClass] = nil
    uses += 1
    item.lastUse = uses
    items[id] = item
    givenUp.removed(id)
    sizeClass.recency.hit(id)
    giveUp(sizeClass.engine.request(item.page).evicted, of: sizeClass)
    classes[item.sizeClass] = sizeClass
  }

  public mutating func removed(_ id: Int64) {
    guard let item = items.removeValue(forKey: id) else { return }
    givenUp.removed(id)
    classes[item.sizeClass]?.recency.removed(id)
    classes[item.sizeClass]?.bytes -= item.bytes
    if classes[item.sizeClass]?.held[item.page] == id {
      classes[item.sizeClass]?.held[item.page] = nil
    }
  }

  public mutating func victim(where mayGo: (Int64) -> Bool) -> Int64? {
    if let id = givenUp.victim(where: mayGo) { return id }
    let share = Double(max(capacity / max(classes.count, 1), 1))
    let order = classes.map { (name: $0.key, excess: Double($0.value.bytes) / share) }
      .sorted { ($1.excess, $1.name) < ($0.excess, $0.name) }
    for (name, _) in order {
      if let id = classes[name]?.recency.victim(where: mayGo) { return id }
    }
    return nil
  }

  // MARK: Classes

  /// The exponent of the largest power of two that is not above the size.
  private static func sizeClass(_ bytes: Int) -> Int {
    Int.bitWidth - 1 - max(bytes, 1).leadingZeroBitCount
  }

  /// Seconds as the engine takes them.
  private static func cost(_ seconds: Double) -> Double {
    seconds.isFinite ? min(max(seconds, 1e-6), 1e9) : 1
  }

  private static func page(of question: UInt64, in sizeClass: inout SizeClass) -> Int {
    if let known = sizeClass.pages[question] { return known }
    let page = sizeClass.engine.addPage()
    sizeClass.pages[question] = page
    return page
  }

  private mutating func giveUp(_ page: Int?, of sizeClass: SizeClass) {
    if let page, let id = sizeClass.held[page] { givenUp.inserted(item: id) }
  }

  private mutating func addClass(_ name: Int) {
    classes[name] = SizeClass(engine: engine(of: name, classes: classes.count + 1))
    for other in classes.keys.sorted() where other != name { renewEngine(of: other) }
  }

  private func engine(of name: Int, classes count: Int) -> PagingEngine {
    // Sizes of a class are 1.5 times its lower bound on average.
    let slots =
      Double(capacity) / Double(count) / (1.5 * Double(sign: .plus, exponent: name, significand: 1))
    let most = Double(PagingEngine.Configuration.largestCapacity)
    return PagingEngine(
      PagingEngine.Configuration(
        capacity: max(1, Int(min(slots, most))), states: Self.states),
      random: RandomGenerator(seed: 0, stream: UInt64(name)))
  }

  /// Makes a class's engine anew from what is held, with what it learnt of the costs.
  private mutating func renewEngine(of name: Int) {
    guard let old = classes.removeValue(forKey: name) else { return }
    var sizeClass = SizeClass(engine: engine(of: name, classes: classes.count + 1))
    sizeClass.bytes = old.bytes
    sizeClass.recency = old.recency
    let held = old.held.compactMap { page, id in items[id].map { (page, id, $0) } }
      .sorted { $0.2.lastUse < $1.2.lastUse }
    for (oldPage, id, item) in held {
      let page = Self.page(of: item.question, in: &sizeClass)
      let view = old.engine.view(oldPage)
      if view.samples > 0 {
        _ = try? sizeClass.engine.report(Self.cost(view.mean), page: page)
      }
      sizeClass.held[page] = id
      items[id] = Item(
        sizeClass: name, page: page, bytes: item.bytes, question: item.question,
        lastUse: item.lastUse)
      giveUp(sizeClass.engine.request(page).evicted, of: sizeClass)
    }
    classes[name] = sizeClass
  }
}

extension LRUPolicy {
  /// Here a queue of ids alone.
  fileprivate mutating func inserted(item id: Int64) {
    inserted(CacheItem(id: id, bytes: 0, seconds: 0, algorithm: ""))
  }
}
