import LinearAlgebra

/// The inner loops of a sweep over contiguous memory. Several terms at a time go into each sum, so
/// that it is loaded and stored once for all of them; the order of terms is fixed.
enum SweepKernels {
  /// Out (rows × r) ← X ∘ (1 s): each row of X times s.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func scaleRows<Scalar: Real>(
    _ rows: Int, _ r: Int, _ x: UnsafePointer<Scalar>, by s: UnsafePointer<Scalar>,
    into out: UnsafeMutablePointer<Scalar>
  ) {
    for row in 0..<rows {
      let (from, to) = (x + row &* r, out + row &* r)
      for k in 0..<r { to[k] = from[k] * s[k] }
    }
  }

  /// Out (rows × r) ← Σ_t X_t ∘ (1 s_t), X_t at `x + t·gap` and s_t at `s + t·line`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func sumOfScaled<Scalar: Real>(
    _ terms: Int, _ rows: Int, _ r: Int, _ x: UnsafePointer<Scalar>, gap: Int,
    by s: UnsafePointer<Scalar>, line: Int, into out: UnsafeMutablePointer<Scalar>
  ) {
    for row in 0..<rows {
      let (from, to) = (x + row &* r, out + row &* r)
      var t = 0
      if terms >= 4 {
        let (x1, x2, x3) = (from + gap, from + 2 &* gap, from + 3 &* gap)
        let (s1, s2, s3) = (s + line, s + 2 &* line, s + 3 &* line)
        for k in 0..<r {
          to[k] = from[k] * s[k] + x1[k] * s1[k] + (x2[k] * s2[k] + x3[k] * s3[k])
        }
        t = 4
      } else {
        to.update(repeating: 0, count: r)
      }
      while t &+ 4 <= terms {
        let (x0, s0) = (from + t &* gap, s + t &* line)
        let (x1, x2, x3) = (x0 + gap, x0 + 2 &* gap, x0 + 3 &* gap)
        let (s1, s2, s3) = (s0 + line, s0 + 2 &* line, s0 + 3 &* line)
        for k in 0..<r {
          to[k] += x0[k] * s0[k] + x1[k] * s1[k] + (x2[k] * s2[k] + x3[k] * s3[k])
        }
        t &+= 4
      }
      while t < terms {
        let (x0, s0) = (from + t &* gap, s + t &* line)
        for k in 0..<r { to[k] += x0[k] * s0[k] }
        t &+= 1
      }
    }
  }

  /// The lower triangle of out (r × r) ← Σ_t (s_t s_tᵀ) ∘ G_t, G_t at `grams + t·r·r` and s_t at
  /// `s + t·line`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func weightedGram<Scalar: Real>(
    _ terms: Int, _ r: Int, grams: UnsafePointer<Scalar>, s: UnsafePointer<Scalar>, line: Int,
    into out: UnsafeMutablePointer<Scalar>
  ) {
    let size = r &* r
    for a in 0..<r {
      let target = out + a &* r
      // Whole vectors: a little beyond the diagonal costs less than a ragged end.
      let width = min(r, (a &+ 8) & ~7)
      target.update(repeating: 0, count: width)
      var t = 0
      while t &+ 2 <= terms {
        let (s0, g0) = (s + t &* line, grams + (t &* size &+ a &* r))
        let (s1, g1) = (s0 + line, g0 + size)
        let (f0, f1) = (s0[a], s1[a])
        for b in 0..<width { target[b] += f0 * s0[b] * g0[b] + f1 * s1[b] * g1[b] }
        t &+= 2
      }
      if t < terms {
        let (s0, g0) = (s + t &* line, grams + (t &* size &+ a &* r))
        let f0 = s0[a]
        for b in 0..<width { target[b] += f0 * s0[b] * g0[b] }
      }
    }
  }

  /// h_k ← Σ_q X[q, k] Y[q, k], X and Y (rows × r).
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func columnDots<Scalar: Real>(
    _ rows: Int, _ r: Int, _ x: UnsafePointer<Scalar>, _ y: UnsafePointer<Scalar>,
    into h: UnsafeMutablePointer<Scalar>
  ) {
    h.update(repeating: 0, count: r)
    var row = 0
    while row &+ 4 <= rows {
      let (x0, y0) = (x + row &* r, y + row &* r)
      let (x1, x2, x3) = (x0 + r, x0 + 2 &* r, x0 + 3 &* r)
      let (y1, y2, y3) = (y0 + r, y0 + 2 &* r, y0 + 3 &* r)
      for k in 0..<r {
        h[k] += x0[k] * y0[k] + x1[k] * y1[k] + (x2[k] * y2[k] + x3[k] * y3[k])
      }
      row &+= 4
    }
    while row < rows {
      let (x0, y0) = (x + row &* r, y + row &* r)
      for k in 0..<r { h[k] += x0[k] * y0[k] }
      row &+= 1
    }
  }

  /// Out ← X ∘ Y, n numbers.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func product<Scalar: Real>(
    _ n: Int, _ x: UnsafePointer<Scalar>, _ y: UnsafePointer<Scalar>,
    into out: UnsafeMutablePointer<Scalar>
  ) {
    for i in 0..<n { out[i] = x[i] * y[i] }
  }

  /// Divides the columns of X (rows × r) by their lengths and gives the lengths (1 for a column whose
  /// squares leave the range: the scale is only a convenience).
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  static func takeLengths<Scalar: Real>(
    _ rows: Int, _ r: Int, _ x: UnsafeMutablePointer<Scalar>,
    lengths: UnsafeMutablePointer<Scalar>
  ) {
    columnDots(rows, r, x, x, into: lengths)
    for k in 0..<r {
      let length = lengths[k].squareRoot()
      lengths[k] = length.isNormal ? 1 / length : 1
    }
    for row in 0..<rows {
      let line = x + row &* r
      for k in 0..<r { line[k] *= lengths[k] }
    }
    for k in 0..<r { lengths[k] = 1 / lengths[k] }
  }
}
