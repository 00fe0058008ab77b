import Glibc
import Synchronization

/// A data directory belongs to one process: a lock held on a file in it, until it is released or
/// the process ends.
final class DirectoryLock: Sendable {
  private let file: Mutex<FileAccess.Descriptor?>

  /// - Throws: `locked` when another process (or another store of this one) has it.
  init(directory: String) throws(StoreError) {
    let descriptor = try FileAccess.open(directory + "/lock", O_RDWR | O_CREAT)
    if !FileAccess.lock(descriptor) { throw .locked(path: directory) }
    file = Mutex(consume descriptor)
  }

  func release() {
    file.withLock { $0 = nil }
  }
}
