import Glibc
package import Observability
import Synchronization

/// Byte strings in files named by their SHA-256: `blobs/ab/cd/<64 hexadecimal digits>`. Who writes
/// may name bytes by another SHA-256 that determines them, where that spares a pass over them.
///
/// 1. A blob is there whole or not at all: written beside, flushed, renamed, its directory flushed.
///    Only then may a row refer to it.
/// 2. Writing what is there already only renews its time, by which `sweep` tells a blob that waits
///    for its row from one that nothing needs.
/// 3. Renewing and sweeping one blob exclude each other here; replicas that share the directory
///    are kept apart by the grace period.
public final class BlobStore: Sendable {
  private let root: String
  private let temporary: String
  private let clock: any JobClock
  /// Held while a blob's time is renewed or judged: no renewal between the look and the removal.
  private let gate = Mutex(())
  private let serial = Atomic<UInt64>(0)
  private let bytes: Atomic<Int>

  /// Opens (or makes) the directories below `path`, removes what a crash left half written, and
  /// counts what is there.
  public init(path: String, clock: any JobClock = SystemClock()) throws(StoreError) {
    root = path + "/blobs"
    temporary = path + "/tmp"
    self.clock = clock
    try FileAccess.makeDirectories(root)
    try FileAccess.makeDirectories(temporary)
    bytes = Atomic(0)
    let limit = Int(clock.now().milliseconds / 1000) - 3600
    for name in try FileAccess.names(in: temporary) {
      // Younger ones may be another replica's.
      if let status = try FileAccess.status("\(temporary)/\(name)"), status.changed < limit {
        try FileAccess.remove("\(temporary)/\(name)")
      }
    }
    var total = 0
    try forEach { _, count, _ in total += count }
    bytes.store(total, ordering: .relaxed)
  }

  /// Bytes in all blobs.
  public var occupiedBytes: Int { bytes.load(ordering: .relaxed) }

  /// Stores `content` under its digest. Returns when it is durable.
  @discardableResult
  public func write(_ content: [UInt8]) throws(StoreError) -> SHA256Digest {
    let digest = SHA256Digest(of: content)
    try write(content, digest: digest)
    return digest
  }

  /// Stores `content` under a digest that the caller knows: its own, or one that determines it.
  package func write(_ content: [UInt8], digest: SHA256Digest) throws(StoreError) {
    let (outer, inner, path) = location(digest)
    if try renew(digest) { return }
    let number = serial.wrappingAdd(1, ordering: .relaxed).newValue
    let draft = "\(temporary)/\(digest.hexadecimal).\(getpid()).\(number)"
    do throws(StoreError) {
      let file = try FileAccess.open(draft, O_WRONLY | O_CREAT | O_EXCL)
      try FileAccess.write(content, to: file)
      try FileAccess.synchronize(file)
    } catch {
      _ = try? FileAccess.remove(draft)
      throw error
    }
    try FileAccess.makeDirectory(outer)
    try FileAccess.makeDirectory(inner)
    try FileAccess.rename(draft, to: path)
    // The renewal fixes the time to this clock, which is not always the file system's.
    _ = try renew(digest)
    try FileAccess.synchronizeDirectory(inner)
    try FileAccess.synchronizeDirectory(outer)
    try FileAccess.synchronizeDirectory(root)
    bytes.wrappingAdd(content.count, ordering: .relaxed)
  }

  /// The blob's bytes; nil when it is not there.
  public func read(_ digest: SHA256Digest) throws(StoreError) -> [UInt8]? {
    try FileAccess.read(location(digest).path)
  }

  /// The blob's size; nil when it is not there.
  public func count(of digest: SHA256Digest) throws(StoreError) -> Int? {
    try FileAccess.status(location(digest).path)?.count
  }

  /// The blob's file.
  public func path(of digest: SHA256Digest) -> String { location(digest).path }

  /// Sets the blob's time to now; false when it is not there.
  package func renew(_ digest: SHA256Digest) throws(StoreError) -> Bool {
    let seconds = Int(clock.now().milliseconds / 1000)
    let path = location(digest).path
    return try gate.withLock { _ throws(StoreError) in
      try FileAccess.touch(path, seconds: seconds)
    }
  }

  /// Removes blobs not renewed since `moment` that `isReferenced` does not claim; returns how many
  /// bytes that freed. Asks for up to 256 blobs at a time.
  @discardableResult
  package func sweep(
    renewedBefore moment: Timestamp,
    referenced: ([SHA256Digest]) throws(StoreError) -> Set<SHA256Digest>
  ) throws(StoreError) -> Int {
    let limit = Int(moment.milliseconds / 1000)
    var old: [SHA256Digest] = []
    try forEach { digest, _, changed in if changed < limit { old.append(digest) } }
    var freed = 0
    for start in stride(from: 0, to: old.count, by: 256) {
      let some = Array(old[start..<min(start + 256, old.count)])
      let kept = try referenced(some)
      for digest in some where !kept.contains(digest) {
        freed += try remove(digest, renewedBefore: moment)
      }
    }
    return freed
  }

  /// Removes a blob unless it was renewed since `moment`; returns the bytes that freed.
  package func remove(
    _ digest: SHA256Digest, renewedBefore moment: Timestamp
  ) throws(StoreError) -> Int {
    let path = location(digest).path
    let limit = Int(moment.milliseconds / 1000)
    let freed = try gate.withLock { _ throws(StoreError) -> Int in
      guard let status = try FileAccess.status(path), status.changed < limit else { return 0 }
      return try FileAccess.remove(path) ? status.count : 0
    }
    bytes.wrappingSubtract(freed, ordering: .relaxed)
    return freed
  }

  private func location(_ digest: SHA256Digest) -> (outer: String, inner: String, path: String) {
    let name = digest.hexadecimal
    let outer = "\(root)/\(name.prefix(2))"
    let inner = "\(outer)/\(name.dropFirst(2).prefix(2))"
    return (outer, inner, "\(inner)/\(name)")
  }

  private func forEach(
    _ body: (_ digest: SHA256Digest, _ count: Int, _ changed: Int) -> Void
  ) throws(StoreError) {
    for outer in try FileAccess.names(in: root) where outer.count == 2 {
      for inner in try FileAccess.names(in: "\(root)/\(outer)") where inner.count == 2 {
        for name in try FileAccess.names(in: "\(root)/\(outer)/\(inner)") {
          guard let digest = SHA256Digest(name),
            let status = try FileAccess.status("\(root)/\(outer)/\(inner)/\(name)")
          else { continue }
          body(digest, status.count, status.changed)
        }
      }
    }
  }
}
