import Foundation
import Jobs
import Observability
import Testing

@Suite("The blob store")
struct BlobStoreTests {
  @Test
  func keepsBytesUnderTheirDigest() throws {
    let directory = try TemporaryDirectory()
    let blobs = try BlobStore(path: directory.path)
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
    let digest = try blobs.write(bytes)
    #expect(digest == SHA256Digest(of: bytes))
    #expect(try blobs.read(digest) == bytes && blobs.count(of: digest) == 100_000)
    #expect(try blobs.read(SHA256Digest(of: [1])) == nil)
    #expect(try blobs.write(bytes) == digest && blobs.occupiedBytes == 100_000)
    let name = digest.hexadecimal
    #expect(
      blobs.path(of: digest)
        == "\(directory.path)/blobs/\(name.prefix(2))/\(name.dropFirst(2).prefix(2))/\(name)")
    #expect(try BlobStore(path: directory.path).occupiedBytes == 100_000)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path + "/tmp").isEmpty)
  }

  @Test
  func writesLargeBlobsWhole() throws {
    let directory = try TemporaryDirectory()
    let blobs = try BlobStore(path: directory.path)
    let bytes = (0..<300_001).map { UInt8(truncatingIfNeeded: ($0 * $0) >> 3) }
    let digest = try blobs.write(bytes)
    #expect(try blobs.read(digest) == bytes && blobs.count(of: digest) == bytes.count)
  }

  @Test
  func holdsTheEmptyBlob() throws {
    let blobs = try BlobStore(path: try TemporaryDirectory().path)
    #expect(try blobs.read(try blobs.write([])) == [])
  }

  @Test
  func sweepsWhatIsOldAndNotReferredTo() throws {
    let clock = ManualClock()
    let blobs = try BlobStore(path: try TemporaryDirectory().path, clock: clock)
    let kept = try blobs.write([1])
    let gone = try blobs.write([2, 2])
    let renewed = try blobs.write([3])
    clock.advance(seconds: 100)
    #expect(try blobs.renew(renewed))
    let fresh = try blobs.write([4])
    let freed = try blobs.sweep(renewedBefore: clock.now()) { _ throws(StoreError) in [kept] }
    #expect(freed == 2 && blobs.occupiedBytes == 3)
    #expect(try blobs.read(gone) == nil)
    for digest in [kept, renewed, fresh] { #expect(try blobs.read(digest) != nil) }
    #expect(try !blobs.renew(gone))
  }

  @Test
  func forgetsWhatACrashLeftHalfWritten() throws {
    let directory = try TemporaryDirectory()
    let clock = ManualClock(Timestamp.now())
    _ = try BlobStore(path: directory.path, clock: clock)
    let draft = directory.path + "/tmp/half"
    try Data([1]).write(to: URL(fileURLWithPath: draft))
    _ = try BlobStore(path: directory.path, clock: clock)
    #expect(FileManager.default.fileExists(atPath: draft))
    clock.advance(seconds: 7200)
    _ = try BlobStore(path: directory.path, clock: clock)
    #expect(!FileManager.default.fileExists(atPath: draft))
  }
}
