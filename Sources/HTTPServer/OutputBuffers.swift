/// Memory that answers are put together in, shared by the connections of a loop.
///
/// A connection takes a buffer with its first byte and gives it back with its last, so an idle one
/// holds none, and a busy loop writes into the same few, which stay in the processor's cache.
struct OutputBuffers {
  private static let kept = 16
  /// Larger ones are given back to the system.
  private static let largest = 32_768

  private var free: [[UInt8]] = []

  /// An empty buffer, with room where one was given back before.
  mutating func take() -> [UInt8] { free.popLast() ?? [] }

  /// Takes a buffer back; its bytes are forgotten.
  mutating func give(_ buffer: consuming [UInt8]) {
    guard free.count < Self.kept, (1...Self.largest).contains(buffer.capacity) else { return }
    buffer.removeAll(keepingCapacity: true)
    free.append(buffer)
  }
}
