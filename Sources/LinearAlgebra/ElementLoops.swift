/// The inner loops over n contiguous elements. Reductions are summed in double precision by eight
/// accumulators in a fixed order.
enum ElementLoops {
  // MARK: Maps

  @specialized(where S == Float, T == Double)
  @specialized(where S == Double, T == Float)
  @specialized(where S == Float, T == Float)
  @specialized(where S == Double, T == Double)
  static func convert<S: Real, T: Real>(
    _ n: Int, _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<T>
  ) {
    for i in 0..<n { y[i] = T(x[i]) }
  }

  /// y ← value.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func fill<S: Real>(_ n: Int, _ value: S, _ y: UnsafeMutablePointer<S>) {
    y.update(repeating: value, count: n)
  }

  /// y ← a·y.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func scale<S: Real>(_ n: Int, _ a: S, _ y: UnsafeMutablePointer<S>) {
    for i in 0..<n { y[i] *= a }
  }

  /// y ← a·x.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func scaledCopy<S: Real>(
    _ n: Int, _ a: S, _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>
  ) {
    for i in 0..<n { y[i] = a * x[i] }
  }

  /// y ← a·x + y.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func axpy<S: Real>(
    _ n: Int, _ a: S, _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>
  ) {
    for i in 0..<n { y[i] += a * x[i] }
  }

  /// y ← a·x + b·y.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func axpby<S: Real>(
    _ n: Int, _ a: S, _ x: UnsafePointer<S>, _ b: S, _ y: UnsafeMutablePointer<S>
  ) {
    for i in 0..<n { y[i] = a * x[i] + b * y[i] }
  }

  /// y ← x ∘ y.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func hadamard<S: Real>(
    _ n: Int, _ x: UnsafePointer<S>, _ y: UnsafeMutablePointer<S>
  ) {
    for i in 0..<n { y[i] *= x[i] }
  }

  // MARK: Reductions

  @inline(__always)
  private static func load<S: Real>(_ x: UnsafePointer<S>, _ i: Int) -> SIMD4<Double> {
    let four = UnsafeRawPointer(x + i).loadUnaligned(as: SIMD4<S>.self)
    return SIMD4(Double(four[0]), Double(four[1]), Double(four[2]), Double(four[3]))
  }

  /// Σ term(i), four terms at a time.
  @inline(__always)
  private static func sum(
    _ n: Int, _ four: (Int) -> SIMD4<Double>, _ one: (Int) -> Double
  ) -> Double {
    var first = SIMD4<Double>.zero
    var second = SIMD4<Double>.zero
    var i = 0
    while i &+ 8 <= n {
      first += four(i)
      second += four(i &+ 4)
      i &+= 8
    }
    var total = (first + second).sum()
    while i < n {
      total += one(i)
      i &+= 1
    }
    return total
  }

  /// Σ xᵢ yᵢ.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func dot<S: Real>(_ n: Int, _ x: UnsafePointer<S>, _ y: UnsafePointer<S>) -> Double {
    sum(n, { load(x, $0) * load(y, $0) }, { Double(x[$0]) * Double(y[$0]) })
  }

  /// Σ (a·xᵢ)².
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func sumOfSquares<S: Real>(_ n: Int, scaledBy a: Double, _ x: UnsafePointer<S>) -> Double {
    sum(
      n,
      { i in
        let value = load(x, i) * a
        return value * value
      },
      { i in
        let value = Double(x[i]) * a
        return value * value
      })
  }

  /// Σ xᵢ.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func sum<S: Real>(_ n: Int, _ x: UnsafePointer<S>) -> Double {
    sum(n, { load(x, $0) }, { Double(x[$0]) })
  }

  /// Σ xᵢ of entries that lie `spacing` apart.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func sum<S: Real>(_ n: Int, _ x: UnsafePointer<S>, spacing: Int) -> Double {
    var total = 0.0
    for i in 0..<n { total += Double(x[i &* spacing]) }
    return total
  }

  /// Σ |xᵢ|.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func sumOfMagnitudes<S: Real>(_ n: Int, _ x: UnsafePointer<S>) -> Double {
    sum(
      n,
      { i in
        let value = load(x, i)
        return value.replacing(with: -value, where: value .< 0)
      }, { Double(x[$0]).magnitude })
  }

  /// max |xᵢ|, 0 when there is none; NaN when there is a NaN.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func maximumMagnitude<S: Real>(_ n: Int, _ x: UnsafePointer<S>) -> Double {
    // Comparisons drop NaN, so whether there is one is found out apart.
    let finite = allFinite(n, x)
    var (m0, m1, m2, m3) = (S.zero, S.zero, S.zero, S.zero)
    var i = 0
    while i &+ 4 <= n {
      let (a, b) = (x[i].magnitude, x[i &+ 1].magnitude)
      let (c, d) = (x[i &+ 2].magnitude, x[i &+ 3].magnitude)
      m0 = a > m0 ? a : m0
      m1 = b > m1 ? b : m1
      m2 = c > m2 ? c : m2
      m3 = d > m3 ? d : m3
      i &+= 4
    }
    while i < n {
      m0 = x[i].magnitude > m0 ? x[i].magnitude : m0
      i &+= 1
    }
    let most = max(max(m0, m1), max(m2, m3))
    if !finite { for i in 0..<n where x[i].isNaN { return .nan } }
    return Double(most)
  }

  /// Whether every element is finite: 0·x is NaN for NaN and infinity, 0 else.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func allFinite<S: Real>(_ n: Int, _ x: UnsafePointer<S>) -> Bool {
    var zeros = SIMD8<S>.zero
    var i = 0
    while i &+ 8 <= n {
      zeros += UnsafeRawPointer(x + i).loadUnaligned(as: SIMD8<S>.self) * 0
      i &+= 8
    }
    var zero = zeros.sum()
    while i < n {
      zero += x[i] * 0
      i &+= 1
    }
    return zero == 0
  }

  // MARK: Columns and triangles

  /// sumsⱼ ← sumsⱼ + xⱼ².
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func addSquares<S: Real>(
    _ n: Int, _ x: UnsafePointer<S>, _ sums: UnsafeMutablePointer<Double>
  ) {
    for j in 0..<n {
      let value = Double(x[j])
      sums[j] += value * value
    }
  }

  /// sumsⱼ ← sumsⱼ + |xⱼ|.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func addMagnitudes<S: Real>(
    _ n: Int, _ x: UnsafePointer<S>, _ sums: UnsafeMutablePointer<Double>
  ) {
    for j in 0..<n { sums[j] += Double(x[j]).magnitude }
  }

  /// ‖(A - Aᵀ)/2‖² of A (n × n), by tiles that stay in the cache.
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func skewSquare<S: Real>(_ n: Int, _ a: UnsafePointer<S>, _ stride: Int) -> Double {
    var total = 0.0
    forEachTileBelow(n) { rows, columns in
      var sum = 0.0
      for i in rows {
        for j in columns.lowerBound..<max(columns.lowerBound, min(columns.upperBound, i)) {
          let half = (Double(a[i &* stride &+ j]) - Double(a[j &* stride &+ i])) / 2
          sum += 2 * half * half
        }
      }
      total += sum
    }
    return total
  }

  /// A ← (A + Aᵀ)/2 (n × n).
  @specialized(where S == Float)
  @specialized(where S == Double)
  static func symmetrize<S: Real>(_ n: Int, _ a: UnsafeMutablePointer<S>, _ stride: Int) {
    forEachTileBelow(n) { rows, columns in
      for i in rows {
        for j in columns.lowerBound..<max(columns.lowerBound, min(columns.upperBound, i)) {
          let mean = (a[i &* stride &+ j] + a[j &* stride &+ i]) / 2
          a[i &* stride &+ j] = mean
          a[j &* stride &+ i] = mean
        }
      }
    }
  }

  /// The tiles of 16 × 16 that cover the lower triangle of order n.
  @inline(__always)
  static func forEachTileBelow(_ n: Int, _ body: (Range<Int>, Range<Int>) -> Void) {
    var i = 0
    while i < n {
      let rows = i..<min(i + 16, n)
      var j = 0
      while j <= i {
        body(rows, j..<min(j + 16, n))
        j += 16
      }
      i += 16
    }
  }
}
