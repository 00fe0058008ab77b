import Glibc
import LinearAlgebra
import Synchronization

/// Dualized layers in memory, each by itself: another network with some of the same layers, other
/// masses or another sharpness computes only what is new to it.
///
/// 1. A layer is found only by the same layer, split, settings, seed and sharer and the same bits of
///    its gradient, all of which are compared: what is found is what would be computed.
/// 2. At most `capacity` bytes are held, gradients included; the longest unused go first, a quarter
///    at a time. Nothing larger than half the capacity is kept.
/// 3. Only layers of matrices are kept: the others cost no more than comparing them.
public final class AtomCache: Sendable {
  private struct Question: Hashable {
    let layer: Layer
    let split: [Int]?
    let settings: PolarSettings
    let seed: UInt64
    let sharing: String
    let shape: [Int]
    let isDouble: Bool
    /// Some of the gradient's bits: tells most gradients apart without reading them whole.
    let sample: UInt64
  }

  private struct Entry {
    let gradient: NumericArray
    let update: NumericArray
    let report: LayerReport
    let bytes: Int
  }

  /// Half a kilobyte each: in objects of their own, so that the free places of the table, up to
  /// five eighths of it, are small.
  private final class Key: Hashable, Sendable {
    let question: Question

    init(_ question: Question) { self.question = question }

    static func == (left: Key, right: Key) -> Bool { left.question == right.question }

    func hash(into hasher: inout Hasher) { question.hash(into: &hasher) }
  }

  private final class Kept: Sendable {
    let entry: Entry

    init(_ entry: Entry) { self.entry = entry }
  }

  private struct State {
    var entries: [Key: (kept: Kept, lastUse: UInt64)] = [:]
    var bytes = 0
    var clock: UInt64 = 0
  }

  /// Bytes held at most.
  public let capacity: Int
  private let state = Mutex(State())

  /// - Parameter capacity: in bytes; 0 keeps nothing.
  public init(capacity: Int) {
    self.capacity = capacity
  }

  /// Bytes held now.
  package var bytes: Int { state.withLock { $0.bytes } }

  /// What was computed before for this gradient, for this sharer.
  func find(
    _ atom: Atom, _ gradient: NumericArray, seed: UInt64, sharing: String
  ) -> (update: NumericArray, report: LayerReport)? {
    guard let key = key(atom, gradient, seed, sharing) else { return nil }
    let found = state.withLock { state -> Kept? in
      state.clock += 1
      state.entries[key]?.lastUse = state.clock
      return state.entries[key]?.kept
    }
    // Comparing may take a millisecond: outside the lock.
    guard let found = found?.entry, found.gradient.hasSameBits(as: gradient) else { return nil }
    return (found.update, found.report)
  }

  func keep(
    _ update: NumericArray, _ report: LayerReport, of atom: Atom, _ gradient: NumericArray,
    seed: UInt64, sharing: String
  ) {
    guard let key = key(atom, gradient, seed, sharing) else { return }
    let bytes = Self.overhead + gradient.byteCount + update.byteCount
    guard bytes <= capacity / 2 else { return }
    let kept = Kept(Entry(gradient: gradient, update: update, report: report, bytes: bytes))
    state.withLock { state in
      state.clock += 1
      if let former = state.entries[key] { state.bytes -= former.kept.entry.bytes }
      state.entries[key] = (kept, state.clock)
      state.bytes += bytes
      if state.bytes > capacity { Self.evict(from: &state, downTo: capacity / 4 * 3) }
    }
  }

  /// Of an entry beside its arrays: the two objects, its place in the table and a free one or two
  /// beside it, and the heads of its arrays and texts.
  package static let overhead =
    MemoryLayout<Question>.stride + MemoryLayout<Entry>.stride + 128 + 12 * 64

  /// Never the newest entry, which is at most half the capacity.
  private static func evict(from state: inout State, downTo limit: Int) {
    let oldest = state.entries.map {
      (key: $0.key, use: $0.value.lastUse, bytes: $0.value.kept.entry.bytes)
    }.sorted { $0.use < $1.use }
    for entry in oldest where state.bytes > limit {
      state.entries[entry.key] = nil
      state.bytes -= entry.bytes
    }
  }

  private func key(
    _ atom: Atom, _ gradient: NumericArray, _ seed: UInt64, _ sharing: String
  ) -> Key? {
    guard capacity > 0, let matrices = atom.layer.matrices(shape: gradient.shape),
      matrices.rows > 1, matrices.columns > 1
    else { return nil }
    return Key(
      Question(
        layer: atom.layer, split: atom.split, settings: atom.settings, seed: seed,
        sharing: sharing, shape: gradient.shape, isDouble: gradient.isDouble,
        sample: gradient.sample))
  }
}

extension NumericArray {
  fileprivate var byteCount: Int {
    switch self {
    case .single(let array): 4 * array.elements.count
    case .double(let array): 8 * array.elements.count
    }
  }

  /// The bits of 64 elements spread over the array, mixed.
  fileprivate var sample: UInt64 {
    func mixed(_ count: Int, _ bits: (Int) -> UInt64) -> UInt64 {
      (0..<min(count, 64)).reduce(0xCBF2_9CE4_8422_2325) { hash, place in
        (hash ^ bits(place * count / min(count, 64))) &* 0x100_0000_01B3
      }
    }
    switch self {
    case .single(let array):
      return mixed(array.elements.count) { UInt64(array.elements[$0].bitPattern) }
    case .double(let array):
      return mixed(array.elements.count) { array.elements[$0].bitPattern }
    }
  }

  /// Tells −0 from 0, unlike `==`.
  fileprivate func hasSameBits(as other: NumericArray) -> Bool {
    switch (self, other) {
    case (.single(let own), .single(let other)):
      own.shape == other.shape && Self.sameBits(own.elements, other.elements)
    case (.double(let own), .double(let other)):
      own.shape == other.shape && Self.sameBits(own.elements, other.elements)
    default: false
    }
  }

  private static func sameBits<Scalar>(_ first: [Scalar], _ second: [Scalar]) -> Bool {
    first.withUnsafeBytes { first in
      second.withUnsafeBytes { second in
        guard first.count == second.count else { return false }
        guard let own = first.baseAddress, let other = second.baseAddress else { return true }
        return memcmp(own, other, first.count) == 0
      }
    }
  }
}
