import Compute

/// Small random numbers out of a generator's 64-bit words, few bits at a time.
struct RandomBits: Sendable {
  private(set) var generator: RandomGenerator
  /// Unused bits, the lowest first, and how many.
  private(set) var pool: UInt64 = 0
  private(set) var left = 0

  init(_ generator: RandomGenerator) { self.generator = generator }

  init(_ generator: RandomGenerator, pool: UInt64, left: Int) {
    self.generator = generator
    self.pool = pool
    self.left = left
  }

  /// Uniform in 0 ..< `bound`, a power of two up to 256.
  mutating func draw(below bound: Int) -> Int {
    let width = bound.trailingZeroBitCount
    if left < width {
      pool = generator.next()
      left = 64
    }
    let value = Int(truncatingIfNeeded: pool & UInt64(truncatingIfNeeded: bound - 1))
    pool >>= UInt64(width)
    left -= width
    return value
  }

  /// Uniform in 0 ..< `bound` together with a uniform number in [0, 1), out of one word.
  mutating func drawPair(upTo bound: Int) -> (Int, Double) {
    let product = generator.next().multipliedFullWidth(by: UInt64(bound))
    return (Int(truncatingIfNeeded: product.high), Double(product.low >> 11) * 0x1p-53)
  }

  /// Uniform in [0, 1).
  mutating func uniform() -> Double { generator.uniform() }

  /// Uniform in 0 ..< `bound`, any positive bound (bias below 2^-40 for bounds below 2^24).
  mutating func draw(upTo bound: Int) -> Int {
    Int(truncatingIfNeeded: generator.next().multipliedFullWidth(by: UInt64(bound)).high)
  }
}
