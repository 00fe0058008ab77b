/// The grid to which the fast engine rounds each LCB down: `rate(c) = 2^(-c/4)`, c = 0, 1, …
///
/// A factor of 2^(1/4) is lost at most in the ratio, and pages of one rate share one clock
/// (section 5). Four neighbours make a SIMD block, and block b + 1 is block b halved, which lets
/// `exp(t / rate)` of a block be the square of the block before.
public enum RateGrid {
  /// Rates 1 down to about 1e-42; what is smaller is treated as the last.
  public static let count = 560
  static let blocks = count / 4
  /// `1 / rate` of the four lanes of block 0: 2^(0, 1/4, 1/2, 3/4).
  static let inverseLanes = SIMD4<Double>(
    1, 1.189207115002721, 1.4142135623730951, 1.681792830507429)
  static let lanes = SIMD4<Double>(1, 0.8408964152537145, 0.7071067811865476, 0.5946035575013605)

  /// The rate of class `c`.
  public static func rate(of c: Int) -> Double {
    Double(sign: .plus, exponent: -(c >> 2), significand: lanes[c & 3])
  }

  /// The class of the greatest rate `<= lower`; `lower` in (0, 1].
  public static func index(of lower: Double) -> Int {
    guard lower < 1 else { return 0 }
    // lower = significand * 2^exponent with significand in [1, 2): rates of block -exponent are
    // 2^exponent times the lanes, those of the block before twice that.
    let exponent = Int(lower.exponent)
    let significand = lower.significand
    var c: Int
    if significand >= 2 * lanes[1] {
      c = -4 * (exponent + 1) + 1
    } else if significand >= 2 * lanes[2] {
      c = -4 * (exponent + 1) + 2
    } else if significand >= 2 * lanes[3] {
      c = -4 * (exponent + 1) + 3
    } else {
      c = -4 * exponent
    }
    c = max(0, c)
    return min(c, count - 1)
  }
}
