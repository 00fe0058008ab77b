import Compute

/// The steps of `QR`: V (m × w) unit lower trapezoidal and written out, T (w × w) upper triangular,
/// Q = I - V·T·Vᵀ.
enum HouseholderPanel {
  /// Columns that are reduced one by one: the width of the BLAS kernels.
  private static let base = 8

  /// A (m × w, m ≥ w) ← R on and above its diagonal; V and T are written (V from zeros).
  static func factor<Scalar>(
    _ a: MutableMatrixView<Scalar>, _ v: MutableMatrixView<Scalar>,
    _ t: MutableMatrixView<Scalar>, _ context: ComputeContext
  ) throws(ComputationStopped) {
    let (m, w) = (a.rows, a.columns)
    guard w > base else {
      try context.checkpoint()
      return reduce(a, v, t)
    }
    let h = ProductPlan.firstHalf(w)
    let (left, right) = (0..<h, h..<w)
    try factor(a.columns(left), v.columns(left), t.block(rows: left, columns: left), context)
    try apply(
      v.columns(left).readOnly, t.block(rows: left, columns: left).readOnly, transposed: true,
      to: a.columns(right), context)
    try factor(
      a.block(rows: h..<m, columns: right), v.block(rows: h..<m, columns: right),
      t.block(rows: right, columns: right), context)
    // T₁₂ = -T₁·(V₁ᵀV₂)·T₂; V₂ has zeros above row h.
    var overlap = Matrix<Scalar>(rows: h, columns: w - h)
    var joined = overlap
    try overlap.withMutableView { overlap throws(ComputationStopped) in
      try joined.withMutableView { joined throws(ComputationStopped) in
        try multiply(
          v.block(rows: h..<m, columns: left).readOnly.transposed,
          v.block(rows: h..<m, columns: right).readOnly, into: overlap, in: context)
        try multiply(
          t.block(rows: left, columns: left).readOnly, overlap.readOnly, alpha: -1, into: joined,
          in: context)
        try multiply(
          joined.readOnly, t.block(rows: right, columns: right).readOnly,
          into: t.block(rows: left, columns: right), in: context)
      }
    }
  }

  static func apply<Scalar>(
    _ v: MutableMatrixView<Scalar>, _ t: MutableMatrixView<Scalar>, transposed: Bool,
    to c: MutableMatrixView<Scalar>, _ context: ComputeContext
  ) throws(ComputationStopped) {
    try apply(v.readOnly, t.readOnly, transposed: transposed, to: c, context)
  }

  /// C (m × p) ← (I - V·op(T)·Vᵀ)·C, op the transpose for Qᵀ.
  static func apply<Scalar>(
    _ v: MatrixView<Scalar>, _ t: MatrixView<Scalar>, transposed: Bool,
    to c: MutableMatrixView<Scalar>, _ context: ComputeContext
  ) throws(ComputationStopped) {
    guard v.columns > 0, c.columns > 0 else { return }
    var first = Matrix<Scalar>(rows: v.columns, columns: c.columns)
    var second = first
    try first.withMutableView { first throws(ComputationStopped) in
      try second.withMutableView { second throws(ComputationStopped) in
        try multiply(v.transposed, c.readOnly, into: first, in: context)
        try multiply(
          transposed ? t.transposed : t, first.readOnly, into: second, in: context)
        try multiply(v, second.readOnly, alpha: -1, beta: 1, into: c, in: context)
      }
    }
  }

  /// Householder's reduction column by column, on a copy whose columns lie in one piece.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private static func reduce<Scalar: Real>(
    _ a: MutableMatrixView<Scalar>, _ v: MutableMatrixView<Scalar>, _ t: MutableMatrixView<Scalar>
  ) {
    let (m, w) = (a.rows, a.columns)
    guard w > 0 else { return }
    let columns = UnsafeMutablePointer<Scalar>.allocate(capacity: m * w)  // (w × m)
    defer { columns.deallocate() }
    transposeTiles(m, w, a.base, a.stride, columns, m)
    for j in 0..<w {
      let x = columns + j * m
      let tau = reflect(m - j, x + j)
      let pivot = x[j]
      x[j] = 1
      for other in j + 1..<max(w, j + 1) {
        let y = columns + other * m
        let overlap = Scalar(Double(tau) * ElementLoops.dot(m - j, x + j, y + j))
        ElementLoops.axpy(m - j, -overlap, x + j, y + j)
      }
      // R's column stays in `a`; the copy keeps the vector alone.
      for i in 0..<j {
        a.base[i * a.stride + j] = x[i]
        x[i] = 0
      }
      a.base[j * a.stride + j] = pivot
      joinColumn(j, tau, m, columns, t)
    }
    transposeTiles(w, m, columns, m, v.base, v.stride)
  }

  /// x (n) ← the reflector's vector from its second entry, x₀ ← the pivot that the reflection makes of
  /// x; gives tau, 0 where x is already a multiple of e₀.
  @inline(__always)
  private static func reflect<Scalar: Real>(
    _ n: Int, _ x: UnsafeMutablePointer<Scalar>
  ) -> Scalar {
    let tail = ElementLoops.sumOfSquares(n - 1, scaledBy: 1, x + 1)
    if tail == 0 { return 0 }
    let alpha = Double(x[0])
    let norm = (alpha * alpha + tail).squareRoot()
    let beta = alpha < 0 ? norm : -norm
    ElementLoops.scale(n - 1, Scalar(1 / (alpha - beta)), x + 1)
    x[0] = Scalar(beta)
    return Scalar((beta - alpha) / beta)
  }

  /// Column j of T: tau on the diagonal, above it -tau·T·(Vᵀvⱼ).
  @inline(__always)
  private static func joinColumn<Scalar: Real>(
    _ j: Int, _ tau: Scalar, _ m: Int, _ columns: UnsafeMutablePointer<Scalar>,
    _ t: MutableMatrixView<Scalar>
  ) {
    let x = columns + j * m
    for i in 0..<j {
      // Vectors before j are zero above their own start, x above j.
      let overlap = ElementLoops.dot(m - j, columns + i * m + j, x + j)
      t.base[i * t.stride + j] = Scalar(-Double(tau) * overlap)
    }
    // Upper triangular times vector, in place from the top.
    for i in 0..<j {
      var sum = 0.0
      for l in i..<j {
        sum += Double(t.base[i * t.stride + l]) * Double(t.base[l * t.stride + j])
      }
      t.base[i * t.stride + j] = Scalar(sum)
    }
    t.base[j * t.stride + j] = tau
  }
}
