#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The policies that evict the page of least priority: LFU, GreedyDual (Landlord), GDSF, their
/// forms with empirical means, and the randomised GreedyDual. O(log k) a request.
///
/// H = L + value on fetch and on hit; L becomes the H of each victim; ties least recently used.
struct PriorityPolicy: OnlinePolicy {
  /// What a page is worth above L.
  enum Value: UInt8, Sendable {
    /// f alone, without L.
    case frequency
    /// w
    case weight
    /// f w
    case frequencyWeight
    /// w ln(1 + k U)
    case randomWeight
  }

  /// One page's numbers.
  struct Entry: Sendable, Equatable {
    /// The weight, or the mean of `samples` costs (1 before the first).
    var weight = 1.0
    var samples = 0
    /// L at the last request, and what multiplies the weight there.
    var base = 0.0
    var factor = 0.0
    var priority = 0.0
    /// Requests since fetched; 0: absent.
    var frequency: Int32 = 0
    /// Number of the last request.
    var tick = 0

    var key: PriorityHeap.Key { PriorityHeap.Key(priority: priority, tick: tick) }
  }

  let capacity: Int
  let value: Value
  /// Weights are given with the pages; else they are learnt from observed costs.
  let knownWeights: Bool
  private(set) var entries: [Entry] = []
  private(set) var heap = PriorityHeap()
  /// L.
  private(set) var inflation = 0.0
  private(set) var clock = 0
  private(set) var random: RandomBits

  init(capacity: Int, value: Value, knownWeights: Bool, random: RandomBits) {
    self.capacity = capacity
    self.value = value
    self.knownWeights = knownWeights
    self.random = random
  }

  /// The policy of that name. Policies that may do either learn unless weights are given.
  init(_ policy: PagingPolicy, capacity: Int, knowsWeights: Bool, random: RandomBits) {
    let value: Value =
      switch policy {
      case .lfu: .frequency
      case .gdsf, .gdsfMean: .frequencyWeight
      case .randomisedGreedyDual: .randomWeight
      default: .weight
      }
    let learns = policy == .landlordMean || policy == .gdsfMean
    self.init(
      capacity: capacity, value: value, knownWeights: knowsWeights && !learns, random: random)
  }

  mutating func addPage(weight: Double?) {
    entries.append(entry(weight))
    heap.addPage()
  }

  mutating func renewPage(_ page: Int, weight: Double?) { entries[page] = entry(weight) }

  private func entry(_ weight: Double?) -> Entry {
    var entry = Entry()
    if knownWeights, let weight { entry.weight = weight }
    return entry
  }

  mutating func serve(_ page: Int) -> Served {
    clock += 1
    let hit = entries[page].frequency > 0
    var evicted = -1
    if !hit, heap.count == capacity { evicted = evict() }
    entries[page].frequency &+= 1
    entries[page].tick = clock
    renew(page)
    if hit {
      heap.lower(page, to: entries[page].key)
    } else {
      heap.insert(page, key: entries[page].key)
    }
    return Served(hit: hit, evicted: evicted)
  }

  mutating func observe(_ cost: Double, page: Int) -> SampleUse {
    guard !knownWeights, value != .frequency else { return .discarded }
    entries[page].samples += 1
    let samples = Double(entries[page].samples)
    entries[page].weight =
      samples == 1 ? cost : entries[page].weight + (cost - entries[page].weight) / samples
    guard entries[page].frequency > 0 else { return .applied }
    entries[page].priority =
      entries[page].base + entries[page].factor * entries[page].weight
    heap.lower(page, to: entries[page].key)
    return .applied
  }

  func isPresent(_ page: Int) -> Bool { entries[page].frequency > 0 }

  private mutating func renew(_ page: Int) {
    entries[page].base = inflation
    switch value {
    case .frequency:
      entries[page].priority = Double(entries[page].frequency)
      return
    case .weight: entries[page].factor = 1
    case .frequencyWeight: entries[page].factor = Double(entries[page].frequency)
    case .randomWeight:
      entries[page].factor = log1p(Double(capacity) * random.uniform())
    }
    entries[page].priority = inflation + entries[page].factor * entries[page].weight
  }

  private mutating func evict() -> Int {
    let (page, key) = heap.popFirst { [entries] in entries[$0].key }
    entries[page].frequency = 0
    if value != .frequency { inflation = key.priority }
    return page
  }

  /// The state as a snapshot holds it, already checked: entries, heap items in heap order.
  mutating func restore(
    entries: [Entry], heap: PriorityHeap, inflation: Double, clock: Int
  ) {
    self.entries = entries
    self.heap = heap
    self.inflation = inflation
    self.clock = clock
  }
}
