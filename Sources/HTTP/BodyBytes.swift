/// A request body in memory: immutable once handed over, shared without copies.
///
/// The bytes stay at one address for as long as the object lives, so views over them (tensors) may
/// keep the object as their owner and read `bytes` directly. The memory starts at a multiple of 64
/// when it came from the server's pool and goes back there when the last reference is dropped.
///
/// `@unchecked Sendable`, because it owns raw memory. Invariant: the memory is written only before
/// `init` and is read-only until `deinit`, which alone gives it back.
public final class BodyBytes: @unchecked Sendable {
  private let start: UnsafeMutableRawPointer
  /// Number of bytes.
  public let count: Int
  private let release: @Sendable (UnsafeMutableRawPointer) -> Void

  /// Takes over `count` bytes at `start`; `release` is called once, when nobody needs them.
  public init(
    adopting start: UnsafeMutableRawPointer, count: Int,
    release: @escaping @Sendable (UnsafeMutableRawPointer) -> Void
  ) {
    precondition(count >= 0)
    self.start = start
    self.count = count
    self.release = release
  }

  /// A copy of `bytes`.
  public convenience init(_ bytes: [UInt8]) {
    let start = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 64)
    bytes.withUnsafeBytes { source in
      if let base = source.baseAddress { start.copyMemory(from: base, byteCount: source.count) }
    }
    self.init(adopting: start, count: bytes.count) { $0.deallocate() }
  }

  deinit { release(start) }

  /// The bytes; valid while this object is alive.
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

  /// No byte at all.
  public var isEmpty: Bool { count == 0 }

  /// Runs `body` on the bytes.
  public func withUnsafeBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try body(bytes)
  }

  /// A copy as an array.
  public func copied() -> [UInt8] { Array(bytes) }
}
