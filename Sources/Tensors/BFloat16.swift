/// The upper half of a binary32, as its bits.
enum BFloat16 {
  /// The Float of the same value. Exact.
  @inline(__always)
  static func widened(_ bits: UInt16) -> Float {
    Float(bitPattern: UInt32(bits) << 16)
  }

  /// The nearest bfloat16, ties to even; NaN stays NaN, with its sign and upper payload, quiet.
  @inline(__always)
  static func rounded(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x0040 }
    // Half of the last kept place, less one when that place is even, carries as needed; past the
    // largest finite value the carry ends in infinity.
    let bias = 0x7fff + (bits >> 16 & 1)
    return UInt16(truncatingIfNeeded: (bits + bias) >> 16)
  }

  /// The nearest bfloat16 of a Double, ties to even, rounded once: through a Float rounded to odd,
  /// which keeps what the second rounding must know (Boldo and Melquiond, IEEE Trans. Comput. 57).
  @inline(__always)
  static func rounded(_ value: Double) -> UInt16 {
    let near = Float(value)
    guard near.isFinite, Double(near) != value else { return rounded(near) }
    let isEven = near.bitPattern & 1 == 0
    guard isEven else { return rounded(near) }
    // Inexact and even: the odd neighbour on the other side of the value.
    let isBelow = abs(Double(near)) < abs(value)
    return rounded(Float(bitPattern: isBelow ? near.bitPattern + 1 : near.bitPattern - 1))
  }
}
