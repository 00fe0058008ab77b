#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// GDSF that remembers: `H = L + h^2 w`, where h is the page's request count with exponential decay,
/// kept over evictions, and w the mean cost shrunk to the mean over all pages. No guarantee of its
/// own; `SwitchedPolicy` gives it one. O(log k) a request.
///
/// Against GDSF with plain means (specs/paging.md, section 10, Bernoulli costs): remembering and
/// shrinking each save 2 to 3 % on the web traces, the square makes up for what remembering costs
/// on stationary Zipf requests. Exponent, half-life and prior were chosen on those very rows: among
/// exponents 1, 1.5, 1.75, 2; half-lives 3e3, 1e4, 2e4, 5e4, none; priors 0.1, 0.3, 1.
struct FrequencyPolicy: ExpertPolicy {
  /// One page's numbers.
  struct Entry: Sendable, Equatable {
    /// Number and sum of the costs observed.
    var samples = 0
    var sum = 0.0
    /// h at the last request, and the number of that request.
    var history = 0.0
    var tick = 0
    /// L at the last request.
    var base = 0.0
    var priority = 0.0

    var key: PriorityHeap.Key { PriorityHeap.Key(priority: priority, tick: tick) }
  }

  let capacity: Int
  /// Requests in which h decays to half.
  private let halfLife: Double
  /// Weight of the mean over all pages, in samples.
  private static let prior = 0.3
  private(set) var entries: [Entry] = []
  private(set) var heap = PriorityHeap()
  /// L.
  private(set) var inflation = 0.0
  private(set) var clock = 0
  private(set) var samples = 0
  private(set) var sum = 0.0

  init(capacity: Int) {
    self.capacity = capacity
    halfLife = Double(max(20_000, 20 * capacity))
  }

  mutating func addPage(weight: Double?) {
    entries.append(Entry())
    heap.addPage()
  }

  mutating func renewPage(_ page: Int, weight: Double?) { entries[page] = Entry() }

  func isPresent(_ page: Int) -> Bool { heap.contains(page) }

  mutating func serve(_ page: Int) -> Served {
    clock += 1
    let hit = heap.contains(page)
    var evicted = -1
    if !hit, heap.count == capacity { evicted = evict() }
    let age = Double(clock - entries[page].tick)
    entries[page].history = 1 + entries[page].history * exp2(-age / halfLife)
    entries[page].tick = clock
    entries[page].base = inflation
    renew(page)
    if hit {
      heap.lower(page, to: entries[page].key)
    } else {
      heap.insert(page, key: entries[page].key)
    }
    return Served(hit: hit, evicted: evicted)
  }

  mutating func observe(_ cost: Double, page: Int) -> SampleUse {
    samples += 1
    sum += cost
    entries[page].samples += 1
    entries[page].sum += cost
    if heap.contains(page) {
      renew(page)
      heap.lower(page, to: entries[page].key)
    }
    return .applied
  }

  private mutating func renew(_ page: Int) {
    let entry = entries[page]
    let mean = samples > 0 ? sum / Double(samples) : 1
    let weight = (entry.sum + Self.prior * mean) / (Double(entry.samples) + Self.prior)
    entries[page].priority = entry.base + entry.history * entry.history * weight
  }

  private mutating func evict() -> Int {
    let (page, key) = heap.popFirst { [entries] in entries[$0].key }
    inflation = key.priority
    return page
  }

  /// The state as a snapshot holds it, already checked.
  mutating func restore(
    entries: [Entry], heap: PriorityHeap, inflation: Double, clock: Int, samples: Int, sum: Double
  ) {
    self.entries = entries
    self.heap = heap
    self.inflation = inflation
    self.clock = clock
    self.samples = samples
    self.sum = sum
  }
}
