/// What a policy would have made of a trace.
public struct CacheReplay: Sendable, Equatable {
  public let requests: Int
  public let hits: Int
  /// Seconds computed, of those that no cache at all would have computed.
  public let computedSeconds: Double
  public let totalSeconds: Double

  public var hitRatio: Double { requests == 0 ? 0 : Double(hits) / Double(requests) }
  /// 1: as bad as no cache.
  public var computedRatio: Double { totalSeconds == 0 ? 0 : computedSeconds / totalSeconds }

  /// Runs a trace through a cache of `capacity` bytes with nothing promised. An item larger than
  /// the capacity is not kept. Items count with their own bytes alone, where the service's cache
  /// counts `ResultCache.entryBytes` more for each.
  public static func run(
    _ trace: some Sequence<CacheTraceEntry>, capacity: Int, policy: any EvictionPolicy
  ) -> CacheReplay {
    var policy = policy
    var ids: [String: Int64] = [:]
    var sizes: [Int64: (bytes: Int, key: String)] = [:]
    var next: Int64 = 0
    var questions: [String: UInt64] = [:]
    var (requests, hits, held) = (0, 0, 0)
    var (computed, total) = (0.0, 0.0)
    for entry in trace {
      requests += 1
      total += entry.seconds
      if let id = ids[entry.key] {
        hits += 1
        policy.hit(id)
        continue
      }
      computed += entry.seconds
      guard entry.bytes <= capacity else { continue }
      next += 1
      ids[entry.key] = next
      sizes[next] = (entry.bytes, entry.key)
      held += entry.bytes
      policy.inserted(
        CacheItem(
          id: next, bytes: entry.bytes, seconds: entry.seconds, algorithm: entry.algorithm,
          question: number(of: entry.key, in: &questions)))
      while held > capacity, let id = policy.victim(where: { _ in true }) {
        policy.removed(id)
        guard let (bytes, key) = sizes.removeValue(forKey: id) else { continue }
        held -= bytes
        ids[key] = nil
      }
    }
    return CacheReplay(
      requests: requests, hits: hits, computedSeconds: computed, totalSeconds: total)
  }

  private static func number(of key: String, in questions: inout [String: UInt64]) -> UInt64 {
    if let known = questions[key] { return known }
    questions[key] = UInt64(questions.count)
    return UInt64(questions.count - 1)
  }
}
