import HTTP
import Synchronization

/// How many connections each client has, over all loops.
final class AddressShares: Sendable {
  private let limit: Int?
  private let counts = Mutex<[IPAddress: Int]>([:])

  /// Nil: as many as they like.
  init(limit: Int?) {
    self.limit = limit
  }

  /// Whether connections are counted at all.
  var isLimited: Bool { limit != nil }

  /// One more of this address; false where it has its share.
  func take(_ address: IPAddress) -> Bool {
    guard let limit else { return true }
    return counts.withLock { counts in
      guard counts[address, default: 0] < limit else { return false }
      counts[address, default: 0] += 1
      return true
    }
  }

  /// One that was taken is gone.
  func giveBack(_ address: IPAddress) {
    counts.withLock { counts in
      let count = counts[address, default: 1] - 1
      counts[address] = count == 0 ? nil : count
    }
  }
}
