#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Complete integral and amplitude for moduli k close to 1, given by the complementary modulus k′.
///
/// Source: the arithmetic-geometric mean, Abramowitz and Stegun 16.4 and 17.6. Working from k′
/// keeps full relative accuracy down to k′ of 1e-150, where k rounds to 1.
enum EllipticFunctions {
  private struct Means {
    var a: [Double] = []
    var c: [Double] = []
  }

  private static func means(complementary k1: Double) -> Means {
    var means = Means()
    var a = 1.0
    var b = k1
    var c = ((1 - k1) * (1 + k1)).squareRoot()
    means.a.append(a)
    means.c.append(c)
    // Convergence is quadratic once a/b is near 1; before that each round halves its logarithm.
    for _ in 0..<64 where c > 1e-17 * a {
      (a, b, c) = ((a + b) / 2, (a * b).squareRoot(), (a - b) / 2)
      means.a.append(a)
      means.c.append(c)
    }
    return means
  }

  /// K(k), for k′ in (0, 1].
  static func quarterPeriod(complementary k1: Double) -> Double {
    Double.pi / (2 * (means(complementary: k1).a.last ?? 1))
  }

  /// sn/cn at `fraction`·K(k), for a fraction in [0, 1/2], where it is at most 1/√k′.
  static func tangent(ofFraction fraction: Double, complementary k1: Double) -> Double {
    let means = means(complementary: k1)
    let last = means.a.count - 1
    // u = fraction π / (2 a_N), so a_N u does not depend on a_N.
    var phase = fraction * Double.pi / 2
    for _ in 0..<last { phase *= 2 }
    for level in stride(from: last, to: 0, by: -1) {
      let ratio = means.c[level] / means.a[level]
      phase = (phase + asin(ratio * sin(phase))) / 2
    }
    return tan(phase)
  }
}
