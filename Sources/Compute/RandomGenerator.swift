/// Philox4x32-10 random numbers: the same values for a seed, a stream and a position on every
/// machine, whatever its mathematical library.
///
/// Word `w` of stream `t` under seed `s` is half `w mod 2` of the block whose counter is
/// `(w / 2, t)` (low 32 bits first) and whose key is `s`. Streams are independent; give each
/// parallel piece one of its own.
public struct RandomGenerator: RandomNumberGenerator, Sendable {
  /// Where a generator is: all that is needed to go on from there.
  public struct State: Sendable, Equatable {
    public var seed: UInt64
    public var stream: UInt64
    /// Words of 64 bits already used.
    public var position: UInt64
    /// The second normal of a pair, not yet handed out.
    public var spareNormal: Double?

    public init(seed: UInt64, stream: UInt64, position: UInt64, spareNormal: Double? = nil) {
      self.seed = seed
      self.stream = stream
      self.position = position
      self.spareNormal = spareNormal
    }
  }

  /// To store; `init(state:)` goes on from it.
  public private(set) var state: State
  private var oddWord: UInt64 = 0  // the block's second half, when `position` is odd

  public init(seed: UInt64, stream: UInt64) {
    state = State(seed: seed, stream: stream, position: 0)
  }

  public init(state: State) {
    self.state = state
    if state.position % 2 == 1 { oddWord = block(state.position / 2).1 }
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    defer { state.position &+= 1 }
    if state.position % 2 == 1 { return oddWord }
    let (first, second) = block(state.position / 2)
    oddWord = second
    return first
  }

  private func block(_ number: UInt64) -> (UInt64, UInt64) {
    let words = Philox.block(
      counter: SIMD4(
        UInt32(truncatingIfNeeded: number), UInt32(truncatingIfNeeded: number >> 32),
        UInt32(truncatingIfNeeded: state.stream),
        UInt32(truncatingIfNeeded: state.stream >> 32)),
      key: SIMD2(
        UInt32(truncatingIfNeeded: state.seed), UInt32(truncatingIfNeeded: state.seed >> 32)))
    return (
      UInt64(words[0]) | UInt64(words[1]) << 32, UInt64(words[2]) | UInt64(words[3]) << 32
    )
  }

  /// Uniform on the multiples of 2⁻⁵³ in [0, 1).
  public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// Uniform on 0..<n without bias; `n` at least 1.
  ///
  /// Source: Lemire, "Fast random integer generation in an interval", ACM TOMACS 29 (2019),
  /// algorithm 5.
  public mutating func below(_ n: Int) -> Int {
    precondition(n >= 1, "an interval of at least one value")
    let bound = UInt64(n)
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return Int(product.high)
  }

  /// Standard normal: Marsaglia's polar method, two from each accepted point.
  ///
  /// Uses only operations that IEEE 754 rounds exactly, so it does not depend on the machine.
  public mutating func normal() -> Double {
    if let spare = state.spareNormal {
      state.spareNormal = nil
      return spare
    }
    let (first, second) = normalPair()
    state.spareNormal = second
    return first
  }

  private mutating func normalPair() -> (Double, Double) {
    while true {
      let x = 2 * uniform() - 1
      let y = 2 * uniform() - 1
      let square = x * x + y * y
      if square < 1, square > 0 {
        let factor = (-2 * PortableLogarithm.natural(square) / square).squareRoot()
        return (x * factor, y * factor)
      }
    }
  }

  /// Fills the buffer with standard normals: the same values as calling `normal()` in turn.
  public mutating func fillNormal(_ buffer: UnsafeMutableBufferPointer<Double>) {
    for index in buffer.indices { buffer[index] = normal() }
  }

  /// `count` standard normals.
  public mutating func normals(_ count: Int) -> [Double] {
    Array(unsafeUninitializedCapacity: count) { buffer, filled in
      for index in 0..<count { buffer.initializeElement(at: index, to: normal()) }
      filled = count
    }
  }
}
