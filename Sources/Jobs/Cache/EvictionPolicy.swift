/// A result as an eviction policy sees it.
public struct CacheItem: Sendable, Equatable {
  /// Names the result as long as it is in the cache.
  public let id: Int64
  public let bytes: Int
  /// What computing it took: what evicting it costs if it is asked for again.
  public let seconds: Double
  public let algorithm: String
  /// Names the question: the same when a result that was given up is computed again.
  public let question: UInt64

  /// - Parameter question: where it is not given, each result is the only one of its question.
  public init(
    id: Int64, bytes: Int, seconds: Double, algorithm: String, question: UInt64? = nil
  ) {
    self.question = question ?? UInt64(bitPattern: id)
    self.id = id
    self.bytes = bytes
    self.seconds = seconds
    self.algorithm = algorithm
  }
}

/// Decides which results the cache gives up. A value without threads: the cache serialises calls.
///
/// An item is `inserted` once, then `hit` any number of times, then `removed` once, whether or not
/// this policy chose it.
public protocol EvictionPolicy: Sendable {
  mutating func inserted(_ item: CacheItem)
  mutating func hit(_ id: Int64)
  mutating func removed(_ id: Int64)
  /// The item to give up next among those that may go; nil when none may. Does not remove it.
  mutating func victim(where mayGo: (Int64) -> Bool) -> Int64?
}

/// The policies that are built in; the service adds its own (`paging`).
public enum BuiltInPolicy: String, Sendable, CaseIterable {
  case gdsf, lru

  public func make() -> any EvictionPolicy {
    switch self {
    case .gdsf: GDSFPolicy()
    case .lru: LRUPolicy()
    }
  }
}
