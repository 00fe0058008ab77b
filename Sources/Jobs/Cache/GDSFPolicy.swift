/// Greedy-Dual-Size-Frequency (Cherkasova, "Improving WWW Proxies Performance with
/// Greedy-Dual-Size-Frequency Caching Policy", HP Labs 98-69R1, 1998) with measured cost.
///
/// Each item has the value H = L + frequency · seconds ÷ bytes as of its last use; the least goes
/// first, and L rises to the value of what went, so that what is not used any more ages.
/// O(log n) a call.
public struct GDSFPolicy: EvictionPolicy {
  private struct Entry {
    let item: CacheItem
    var frequency: Double
    var value: Double
  }

  /// Beyond this many uses an item gains no more: else an old favourite would never age.
  private static let frequencyCap = 64.0

  /// L, the value of the last item given up.
  private var age = 0.0
  private var entries: [Int64: Entry] = [:]
  private var order = RankedItems()

  public init() {}

  public mutating func inserted(_ item: CacheItem) {
    let value = age + Self.worth(item, frequency: 1)
    entries[item.id] = Entry(item: item, frequency: 1, value: value)
    order.insert(item.id, rank: value)
  }

  public mutating func hit(_ id: Int64) {
    guard var entry = entries[id] else { return }
    entry.frequency = min(entry.frequency + 1, Self.frequencyCap)
    entry.value = age + Self.worth(entry.item, frequency: entry.frequency)
    entries[id] = entry
    order.insert(id, rank: entry.value)
  }

  public mutating func removed(_ id: Int64) {
    entries[id] = nil
    order.remove(id)
  }

  public mutating func victim(where mayGo: (Int64) -> Bool) -> Int64? {
    guard let id = order.first(where: mayGo) else { return nil }
    age = max(age, entries[id]?.value ?? age)
    return id
  }

  private static func worth(_ item: CacheItem, frequency: Double) -> Double {
    frequency * max(item.seconds, 0) / Double(max(item.bytes, 1))
  }
}
