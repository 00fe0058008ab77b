import CSystem
import Synchronization

/// The memory of request bodies in flight: a budget for what was received, and a small store of
/// mapped blocks, because about 20 ms of collecting 32 MB is page faults of fresh memory.
package final class BodyMemory: Sendable {
  /// Raw memory and its size; page-aligned when mapped.
  ///
  /// Invariant of `@unchecked Sendable`: a block is owned by one holder at a time (a buffer, a body
  /// or the store), which alone reads, writes and releases it.
  struct Block: @unchecked Sendable {
    var start: UnsafeMutableRawPointer
    var capacity: Int
    var isMapped: Bool
  }

  private struct Store {
    var blocks: [Block] = []
    var lastUse: Int64 = 0
  }

  /// From here on memory is mapped, so that it grows without copies.
  static let mappedFrom = 65_536
  /// Blocks kept for reuse, and the largest kept.
  private static let storedBlocks = 2
  private static let storedBytes = 64 << 20

  private let limit: Int
  private let used = Atomic<Int>(0)
  private let store = Mutex(Store())

  package init(limit: Int) {
    self.limit = limit
  }

  deinit {
    store.withLock { store in
      for block in store.blocks { Self.free(block) }
    }
  }

  /// Bytes of bodies in flight.
  package var usedBytes: Int { used.load(ordering: .relaxed) }

  /// Whether `count` more bytes would fit now; nothing is set aside.
  func hasRoom(_ count: Int) -> Bool {
    count <= limit - used.load(ordering: .relaxed)
  }

  /// Counts `count` bytes more; false, with nothing counted, where the budget is used up.
  func charge(_ count: Int) -> Bool {
    let now = used.add(count, ordering: .relaxed).newValue
    if now <= limit { return true }
    used.subtract(count, ordering: .relaxed)
    return false
  }

  /// Counts `count` bytes less.
  func credit(_ count: Int) {
    used.subtract(count, ordering: .relaxed)
  }

  /// Memory for at least `count` bytes; nil where the system has none.
  func allocate(_ count: Int) -> Block? {
    if count < Self.mappedFrom {
      let capacity = max(4_096, count)
      return Block(
        start: .allocate(byteCount: capacity, alignment: 64), capacity: capacity, isMapped: false)
    }
    let stored = store.withLock { store -> Block? in
      guard let index = store.blocks.firstIndex(where: { $0.capacity >= count }) else {
        return store.blocks.popLast()
      }
      return store.blocks.remove(at: index)
    }
    let capacity = Self.wholePages(count)
    if let stored {
      if stored.capacity >= count { return stored }
      if let grown = Self.grow(stored, to: capacity) { return grown }
      Self.free(stored)
    }
    guard let start = csystem_map(capacity) else { return nil }
    return Block(start: start, capacity: capacity, isMapped: true)
  }

  /// The block with room for `count` bytes, the first `kept` of them kept; nil where the system
  /// has none (the old block is then still the caller's).
  func grow(_ block: Block, to count: Int, keeping kept: Int) -> Block? {
    if block.isMapped { return Self.grow(block, to: Self.wholePages(count)) }
    guard let larger = allocate(count) else { return nil }
    larger.start.copyMemory(from: block.start, byteCount: kept)
    Self.free(block)
    return larger
  }

  /// Takes a block back, for reuse where it is worth it.
  func release(_ block: Block) {
    let isStored =
      block.isMapped && block.capacity <= Self.storedBytes
      && store.withLock { store in
        guard store.blocks.count < Self.storedBlocks else { return false }
        store.blocks.append(block)
        store.lastUse = monotonicMilliseconds()
        return true
      }
    if !isStored { Self.free(block) }
  }

  /// Gives stored blocks back to the system when none was used for `age` milliseconds. True while
  /// some are stored.
  package func trim(now: Int64, age: Int64) -> Bool {
    let (old, remains) = store.withLock { store in
      guard now - store.lastUse >= age else { return ([Block](), !store.blocks.isEmpty) }
      let old = store.blocks
      store.blocks = []
      return (old, false)
    }
    for block in old { Self.free(block) }
    return remains
  }

  private static func grow(_ block: Block, to capacity: Int) -> Block? {
    guard let start = csystem_remap(block.start, block.capacity, capacity) else { return nil }
    return Block(start: start, capacity: capacity, isMapped: true)
  }

  private static func free(_ block: Block) {
    if block.isMapped {
      csystem_unmap(block.start, block.capacity)
    } else {
      block.start.deallocate()
    }
  }

  private static func wholePages(_ count: Int) -> Int { (count + 4_095) & ~4_095 }
}
