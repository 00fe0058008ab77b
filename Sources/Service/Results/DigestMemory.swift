import Jobs
import Synchronization

/// Digests of representations sent before, by their tags: computing one reads the whole content,
/// which sending does not.
final class DigestMemory: Sendable {
  /// About 100 bytes each.
  private static let limit = 4096

  private let digests = Mutex<[String: SHA256Digest]>([:])

  /// The digest under this tag, computed where it is not known yet.
  func digest(_ tag: String, _ compute: () -> SHA256Digest) -> SHA256Digest {
    if let known = digests.withLock({ $0[tag] }) { return known }
    let digest = compute()
    digests.withLock { digests in
      if digests.count >= Self.limit { digests = [:] }
      digests[tag] = digest
    }
    return digest
  }
}
