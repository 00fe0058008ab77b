package import Observability
import Synchronization

/// What the cache holds, and what it gives up when it holds too much. The results themselves are
/// rows and blobs of the store; this is their table of contents in memory.
///
/// 1. A result that a job still promises is never chosen.
/// 2. What `victims` returns is gone from the table; the store may still keep what it finds
///    promised, and then `insert` brings it back.
/// 3. Each result counts with `entryBytes` more than its own. Where promised ones alone fill the
///    cache, `hasRoom` turns others away, so that the table is bounded too.
public final class ResultCache: Sendable {
  /// What a result costs beside its bytes: about 0.5 KB in this table and the policy's (measured),
  /// and as much in its row and the row's indices.
  public static let entryBytes = 1_024

  private struct State {
    var policy: any EvictionPolicy
    var entries: [Int64: CachedResult] = [:]
    var keys: [SHA256Digest: Int64] = [:]
    var bytes = 0
  }

  public let capacity: Int
  private let state: Mutex<State>

  /// - Parameter capacity: bytes the cache may hold, entries included.
  public init(capacity: Int, policy: any EvictionPolicy = GDSFPolicy()) {
    self.capacity = capacity
    state = Mutex(State(policy: policy))
  }

  public var occupiedBytes: Int { state.withLock { $0.bytes } }
  public var count: Int { state.withLock { $0.entries.count } }

  /// Whether a result of so many bytes may be added, by a quarter of the capacity more than there is
  /// room for: what must go for it goes afterwards, unless jobs promise all of it.
  func hasRoom(for bytes: Int) -> Bool {
    bytes <= capacity / 4
      && state.withLock { $0.bytes } + Self.entryBytes + bytes <= capacity + capacity / 4
  }

  /// Whether there is a result for this question.
  public func contains(_ key: SHA256Digest) -> Bool {
    state.withLock { $0.keys[key] != nil }
  }

  package func insert(_ result: CachedResult) {
    state.withLock { state in
      guard state.entries.updateValue(result, forKey: result.id) == nil else { return }
      state.keys[result.key] = result.id
      state.bytes += Self.counted(result)
      state.policy.inserted(
        CacheItem(
          id: result.id, bytes: Self.counted(result),
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
      state.bytes -= Self.counted(gone)
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

  private static func counted(_ result: CachedResult) -> Int { result.bytes + entryBytes }

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
      bytes -= counted(gone)
      victims.append(gone)
    }
    return victims
  }
}
