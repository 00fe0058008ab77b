/// Gives up what was not used for longest. O(log n) a call.
public struct LRUPolicy: EvictionPolicy {
  private var uses = 0.0
  private var order = RankedItems()

  public init() {}

  public mutating func inserted(_ item: CacheItem) { use(item.id) }

  public mutating func hit(_ id: Int64) {
    if order.contains(id) { use(id) }
  }

  public mutating func removed(_ id: Int64) { order.remove(id) }

  public mutating func victim(where mayGo: (Int64) -> Bool) -> Int64? {
    order.first(where: mayGo)
  }

  private mutating func use(_ id: Int64) {
    uses += 1
    order.insert(id, rank: uses)
  }
}
