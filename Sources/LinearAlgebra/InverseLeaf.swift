/// The small blocks of a positive definite inverse (n × n, of a matrix with this many elements from
/// row to row). Nothing outside their lower triangle is read or written.
package enum InverseLeaf {
  /// See `InverseFactorLeaf`.
  package static let largestFused = 32
  /// Above it calls of LAPACK's are faster than the plain loops.
  static let largestPlain = 16

  /// The lower triangle of A ← L⁻¹ with A = L·Lᵀ.
  ///
  /// - Returns: the first pivot that is not positive, nil when there is none.
  static func invertFactor<S: Real>(
    _ n: Int, _ a: UnsafeMutablePointer<S>, _ stride: Int
  ) -> Int? {
    guard OpenBLAS.hasFusedKernels else { return plainInvertFactor(n, a, stride) }
    let pivot = S.Routines.inverseFactor(n, a, stride)
    return pivot < 0 ? nil : pivot
  }

  /// The lower triangle of Xᵀ·X in place of a lower triangular X.
  static func gram<S: Real>(_ n: Int, _ x: UnsafeMutablePointer<S>, _ stride: Int) {
    if OpenBLAS.hasFusedKernels {
      S.Routines.gramOfLower(n, x, stride)
    } else {
      plainGram(n, x, stride)
    }
  }

  // MARK: By plain loops; the tests hold the kernels against them

  /// - Returns: the first pivot that is not positive, nil when there is none.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func plainInvertFactor<S: Real>(
    _ n: Int, _ a: UnsafeMutablePointer<S>, _ stride: Int
  ) -> Int? {
    // L, with the inverses of its diagonal on the diagonal.
    for i in 0..<n {
      let row = a + i &* stride
      for j in 0..<i {
        let other = a + j &* stride
        var sum = row[j]
        for k in 0..<j { sum -= row[k] * other[k] }
        row[j] = sum * other[j]
      }
      var pivot = row[i]
      for k in 0..<i { pivot -= row[k] * row[k] }
      guard pivot > 0, pivot.isFinite else { return i }
      row[i] = 1 / pivot.squareRoot()
    }
    // Row i of X is -xᵢᵢ Σ lᵢₖ (row k of X).
    return withUnsafeTemporaryAllocation(of: S.self, capacity: n) { sums -> Int? in
      guard let sum = sums.baseAddress else { return nil }
      for i in 1..<max(1, n) {
        let row = a + i &* stride
        for j in 0..<i { sum[j] = 0 }
        for k in 0..<i {
          let (factor, other) = (row[k], a + k &* stride)
          for j in 0...k { sum[j] += factor * other[j] }
        }
        let factor = -row[i]
        for j in 0..<i { row[j] = factor * sum[j] }
      }
      return nil
    }
  }

  /// Row i of the product is Σ xₖᵢ (row k of X) over k ≥ i: later rows do not need this one.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package static func plainGram<S: Real>(_ n: Int, _ x: UnsafeMutablePointer<S>, _ stride: Int) {
    for i in 0..<n {
      let row = x + i &* stride
      let diagonal = row[i]
      for j in 0...i { row[j] *= diagonal }
      for k in (i &+ 1)..<max(n, i &+ 1) {
        let other = x + k &* stride
        let factor = other[i]
        for j in 0...i { row[j] += factor * other[j] }
      }
    }
  }
}
