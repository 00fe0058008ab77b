import CSystem
import Synchronization

/// The memory of request bodies in flight: a budget for what was received, and a small store of
/// mapped blocks, because about 20 ms of collecting 32 MB is page faults of fresh memory.
///
/// Invariants:
/// 1. What a client only claims takes up no memory: a body begins in less than `mappedFrom` bytes,
///    goes on in at most `firstBytes` when those are full, and then in as much as was promised; or,
///    once the first bytes have come, in a block of the promised size that is in the store.
/// 2. A block taken from the store is counted with every byte that it takes up (`touched`), however
///    few the body has received; and none is taken while that would use more than half the budget,
///    so that reuse refuses nobody. (Used blocks that bodies of some bytes held made up two thirds
///    of the memory under hostile traffic.)
package final class BodyMemory: Sendable {
  /// Raw memory and its size; page-aligned when mapped.
  ///
  /// Invariant of `@unchecked Sendable`: a block is owned by one holder at a time (a buffer, a body
  /// or the store), which alone reads, writes and releases it.
  struct Block: @unchecked Sendable {
    var start: UnsafeMutableRawPointer
    var capacity: Int
    var isMapped: Bool
    /// Bytes from the start that were ever written, by this holder or one before: these pages are
    /// in memory. The holder raises it before it gives the block away.
    var touched = 0
  }

  private struct Store {
    var blocks: [Block] = []
    var lastUse: Int64 = 0
  }

  /// From here on memory is mapped, so that it grows without copies.
  static let mappedFrom = 65_536
  /// Above this, blocks are large: a huge page's size, so that one of huge pages never takes up much
  /// more than was received.
  static let firstBytes = 2 << 20
  /// What a head promises is believed up to here once `firstBytes` have come: pages not written to
  /// cost nothing. Larger blocks are not kept either.
  static let largestKept = 64 << 20
  /// Blocks kept for reuse: first ones, and large ones.
  private static let storedFirst = 4
  private static let storedLarge = 2

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
  ///
  /// - Parameter charged: what the budget was told of this body, raised to what the block takes up;
  ///   nil for a body that is not counted.
  func allocate(_ count: Int, _ charged: inout Int?) -> Block? {
    if count < Self.mappedFrom {
      let capacity = max(4_096, count)
      return Block(
        start: .allocate(byteCount: capacity, alignment: 64), capacity: capacity, isMapped: false)
    }
    if let stored = reuse(for: count, &charged) { return stored }
    let capacity = Self.wholePages(count)
    guard let start = csystem_map(capacity) else { return nil }
    if capacity > Self.firstBytes { csystem_use_huge_pages(start, capacity) }
    return Block(start: start, capacity: capacity, isMapped: true)
  }

  /// The block with room for `count` bytes, the first `kept` of them kept; nil where the system
  /// has none (the old block is then still the caller's).
  ///
  /// - Parameter promised: bytes of the whole body, by its head.
  func grow(
    _ block: Block, to count: Int, promised: Int, keeping kept: Int, _ charged: inout Int?
  ) -> Block? {
    // Out of the heap, or of a first block, into a large one that is there already, as early as may
    // be: that copies. Else the pages move.
    let foreseen = block.isMapped ? count : max(count, min(promised, Self.largestKept))
    var larger: Block?
    if block.capacity <= Self.firstBytes, foreseen > Self.firstBytes {
      larger = reuse(for: foreseen, &charged)
    }
    if larger == nil, !block.isMapped { larger = allocate(count, &charged) }
    if let larger {
      larger.start.copyMemory(from: block.start, byteCount: kept)
      release(block, written: kept)
      return larger
    }
    return block.isMapped ? Self.stretch(block, to: Self.wholePages(count)) : nil
  }

  /// Takes a block back whose first `written` bytes were written, for reuse where it is worth it.
  func release(_ block: Block, written: Int) {
    var block = block
    block.touched = max(block.touched, Self.wholePages(written))
    let isLarge = block.capacity > Self.firstBytes
    let isStored =
      block.isMapped && block.capacity <= Self.largestKept
      && store.withLock { store in
        let alike = store.blocks.count { ($0.capacity > Self.firstBytes) == isLarge }
        guard alike < (isLarge ? Self.storedLarge : Self.storedFirst) else { return false }
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

  /// A stored block with room for `count` bytes, counted whole (invariant 2).
  private func reuse(for count: Int, _ charged: inout Int?) -> Block? {
    let isLarge = count > Self.firstBytes
    let most = charged.map { $0 + limit / 2 - usedBytes } ?? .max
    let found = store.withLock { store -> Block? in
      let fitting = store.blocks.indices.filter {
        (store.blocks[$0].capacity > Self.firstBytes) == isLarge && store.blocks[$0].touched <= most
      }
      let best = fitting.last { store.blocks[$0].capacity >= count } ?? fitting.last
      return best.map { store.blocks.remove(at: $0) }
    }
    guard let found else { return nil }
    if let counted = charged, found.touched > counted {
      guard charge(found.touched - counted) else {
        release(found, written: 0)
        return nil
      }
      charged = found.touched
    }
    if found.capacity >= count { return found }
    if let stretched = Self.stretch(found, to: Self.wholePages(count)) { return stretched }
    Self.free(found)
    return nil
  }

  private static func stretch(_ block: Block, to capacity: Int) -> Block? {
    guard let start = csystem_remap(block.start, block.capacity, capacity) else { return nil }
    if capacity > firstBytes { csystem_use_huge_pages(start, capacity) }
    return Block(start: start, capacity: capacity, isMapped: true, touched: block.touched)
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
