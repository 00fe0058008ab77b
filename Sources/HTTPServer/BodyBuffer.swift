package import HTTP

/// A body being gathered: one block that grows as bytes come, charged to the budget as they come.
///
/// Invariants: `count` bytes of `block` are filled; `charged` is what the budget was told, at least
/// `count` and at least what a block used before takes up (nil for memory that is not counted).
package struct BodyBuffer: ~Copyable {
  private static let quantum = 65_536

  private let memory: BodyMemory
  private var block: BodyMemory.Block?
  package private(set) var count = 0
  private var charged: Int?

  /// An empty buffer; `isCounted` is false for decoded bodies, which are another budget's.
  package init(_ memory: BodyMemory, isCounted: Bool = true) {
    self.memory = memory
    charged = isCounted ? 0 : nil
  }

  deinit {
    if let block { memory.release(block, written: count) }
    memory.credit(charged ?? 0)
  }

  /// Makes room for `more` bytes behind those filled; `expected` (in all) is a hint that spares
  /// growing in steps. False where the budget or the system has no more.
  package mutating func reserve(_ more: Int, expected: Int = 0) -> Bool {
    let needed = count + more
    if let counted = charged, needed > counted {
      let step = (needed - counted + Self.quantum - 1) / Self.quantum * Self.quantum
      guard memory.charge(step) else { return false }
      charged = counted + step
    }
    guard let block else {
      self.block = memory.allocate(
        max(needed, min(expected, BodyMemory.mappedFrom - 1)), &charged)
      return self.block != nil
    }
    if needed <= block.capacity { return true }
    let believed =
      needed > BodyMemory.firstBytes
      ? BodyMemory.largestKept
      : needed >= BodyMemory.mappedFrom ? BodyMemory.firstBytes : 0
    guard
      let grown = memory.grow(
        block, to: max(needed, min(expected, believed), block.capacity * 2), promised: expected,
        keeping: count, &charged)
    else { return false }
    self.block = grown
    return true
  }

  /// Free memory behind the bytes filled; `reserve` comes first.
  var free: UnsafeMutableRawBufferPointer {
    guard let block else { return UnsafeMutableRawBufferPointer(start: nil, count: 0) }
    return UnsafeMutableRawBufferPointer(
      start: block.start + count, count: block.capacity - count)
  }

  /// `more` bytes of `free` have been filled.
  mutating func advance(_ more: Int) {
    count += more
  }

  /// Copies bytes in. False where there is no room.
  package mutating func append(_ bytes: UnsafeRawBufferPointer, expected: Int = 0) -> Bool {
    guard reserve(bytes.count, expected: expected) else { return false }
    free.copyMemory(from: bytes)
    count += bytes.count
    return true
  }

  /// Hands the bytes over; the buffer is empty afterwards.
  package mutating func finish() -> BodyBytes {
    guard let block else { return BodyBytes([]) }
    let memory = memory
    let (written, counted) = (count, charged ?? 0)
    let body = BodyBytes(adopting: block.start, count: count) { _ in
      memory.release(block, written: written)
      memory.credit(counted)
    }
    self.block = nil
    charged = charged.map { _ in 0 }
    count = 0
    return body
  }
}
