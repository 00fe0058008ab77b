import LinearAlgebra

/// 2^exponent as a scale of an input, multiplied in two halves because 2^±1074 itself leaves the
/// range of float64.
struct PowerOfTwo {
  let exponent: Int

  /// 2^-exponent is `down.0 · down.1`.
  var down: (Double, Double) {
    let half = exponent / 2
    return (
      Double(sign: .plus, exponent: -half, significand: 1),
      Double(sign: .plus, exponent: -(exponent - half), significand: 1)
    )
  }

  /// x · 2^exponent; infinite when that is beyond the range.
  func unscaled(_ x: Double) -> Double {
    let half = exponent / 2
    return x * Double(sign: .plus, exponent: half, significand: 1)
      * Double(sign: .plus, exponent: exponent - half, significand: 1)
  }

  /// A float64 copy of G / 2^exponent.
  func scaledDown<Scalar: Real>(_ g: Matrix<Scalar>) -> Matrix<Double> {
    Matrix<Double>(
      rows: g.rows, columns: g.columns,
      unsafeUninitialized: { target in
        g.withElements { source in
          guard let from = source.baseAddress, let to = target.baseAddress else { return }
          ElementPasses.scale(source.count, from: from, to: to, by: down.0, and: down.1)
        }
      })
  }
}
