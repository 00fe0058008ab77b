package import Observability
import Synchronization

/// What the cache holds, and what it gives up when it holds too much. The results themselves are
/// rows and blobs of the store; this is their table of contents in memory.
///
/// 1. A result that a job still promises is never chosen.
/// 2. What `victims` returns is gone from the table; the store may still keep what it finds
///    promised, and then `insert` brings it back.
public final class ResultCache: Sendable {
  private struct State {
    var policy: any EvictionPolicy
    var entries: [Int64: CachedResult] = [:]
    var keys: [SHA256Digest: Int64] = [:]
    var bytes = 0
  }

  public let capacity: Int
  private let state: Mutex<State>

  /// - Parameter capacity: bytes the cache may hold, beyond what jobs promise.
  public init(capacity: Int, policy: any EvictionPolicy = GDSFPolicy()) {
    self.capacity = capacity
    state = Mutex(State(policy: policy))
  }

  public var occupiedBytes: Int { state.withLock { $0.bytes } }
  public var count: Int { state.withLock { $0.entries.count } }

  /// Whether there is a result for this question.
  public func contains(_ key: SHA256Digest) -> Bool {
    state.withLock { $0.keys[key] != nil }
  }

  package func insert(_ result: CachedResult) {
    state.withLock { state in
      guard state.entries.updateValue(result, forKey: result.id) == nil else { return }
      state.keys[result.key] = result.id
      state.bytes += result.bytes
      state.policy.inserted(
        CacheItem(
          id: result.id, bytes: result.bytes,
          seconds: Double(result.computeMilliseconds) / 1000, algorithm: result.algorithm,
          question: result.key.leading))
    }
  }

  package func hit(_ result: CachedResult) {
    insert(result)
    state.withLock { state in
      state.entries[result.id] = result
      state.policy.hit(result.id)
    }
  }

  package func remove(_ id: Int64) {
    state.withLock { state in
      guard let gone = state.entries.removeValue(forKey: id) else { return }
      if state.keys[gone.key] == id { state.keys[gone.key] = nil }
      state.bytes -= gone.bytes
      state.policy.removed(id)
    }
  }

  /// Takes out what must go for the cache to hold at most `target` bytes (its capacity unless
  /// given); at most `limit` results.
  package func victims(
    at now: Timestamp, downTo target: Int? = nil, limit: Int = 256
  ) -> [CachedResult] {
    state.withLock { state in
      let victims = Self.take(
        from: &state.entries, by: &state.policy, bytes: &state.bytes, at: now,
        downTo: target ?? capacity, limit: limit)
      for gone in victims where state.keys[gone.key] == gone.id { state.keys[gone.key] = nil }
      return victims
    }
  }

  /// The members apart, so that the policy may ask about the entries without a copy of them.
  private static func take(
    from entries: inout [Int64: CachedResult], by policy: inout any EvictionPolicy,
    bytes: inout Int, at now: Timestamp, downTo target: Int, limit: Int
  ) -> [CachedResult] {
    var victims: [CachedResult] = []
    while bytes > target, victims.count < limit,
      let id = policy.victim(where: { entries[$0].map { $0.promisedUntil <= now } ?? true })
    {
      policy.removed(id)
      guard let gone = entries.removeValue(forKey: id) else { continue }
      bytes -= gone.bytes
      victims.append(gone)
    }
    return victims
  }
}
