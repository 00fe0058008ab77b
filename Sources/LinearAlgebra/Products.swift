public import Compute

// Products. Shapes that do not fit together are a programmer's mistake. Operands may be transposed
// views; the result must not overlap an operand. With beta = 0 the old result is not read.
// 2mnk flops; no scratch of ours. Entry errors are at most k·eps·(|A||B|)ᵢⱼ.

/// C (m × n) ← alpha·A·B + beta·C with A (m × k), B (k × n).
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func multiply<Scalar: Real>(
  _ a: MatrixView<Scalar>, _ b: MatrixView<Scalar>, alpha: Scalar = 1, beta: Scalar = 0,
  into c: MutableMatrixView<Scalar>
) {
  checkShapes(a, b, c)
  if ProductPlan.isSmall(c.rows, c.columns, a.columns) { return gemm(a, b, alpha, beta, c) }
  alone { context throws(ComputationStopped) in
    try multiply(a, b, alpha: alpha, beta: beta, into: c, in: context)
  }
}

/// The same bytes as `multiply` without a context, by the threads of the context; asks at least
/// every 30 ms or so whether to stop.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func multiply<Scalar: Real>(
  _ a: MatrixView<Scalar>, _ b: MatrixView<Scalar>, alpha: Scalar = 1, beta: Scalar = 0,
  into c: MutableMatrixView<Scalar>, in context: ComputeContext
) throws(ComputationStopped) {
  checkShapes(a, b, c)
  if ProductPlan.isSmall(c.rows, c.columns, a.columns) {
    try context.checkpoint()
    return gemm(a, b, alpha, beta, c)
  }
  let plan = ProductPlan(m: c.rows, n: c.columns, k: a.columns)
  if plan.partials.isEmpty {
    try multiplyTiles(plan, a, b, alpha, beta, c, context)
  } else {
    try multiplyPartials(plan, a, b, alpha, beta, c, context, part: gemm)
  }
}

private func checkShapes<Scalar>(
  _ a: MatrixView<Scalar>, _ b: MatrixView<Scalar>, _ c: MutableMatrixView<Scalar>
) {
  precondition(a.columns == b.rows, "inner dimensions are equal")
  precondition(c.rows == a.rows && c.columns == b.columns, "the result is m × n")
}

/// Runs work on the calling thread that nobody can stop.
private func alone(_ work: (ComputeContext) throws(ComputationStopped) -> Void) {
  do throws(ComputationStopped) {
    try work(ComputeContext())
  } catch {
    preconditionFailure("nobody was there to stop it")
  }
}

private func multiplyTiles<Scalar>(
  _ plan: ProductPlan, _ a: MatrixView<Scalar>, _ b: MatrixView<Scalar>, _ alpha: Scalar,
  _ beta: Scalar, _ c: MutableMatrixView<Scalar>, _ context: ComputeContext
) throws(ComputationStopped) {
  for (number, inner) in plan.steps.enumerated() {
    try context.parallelTiles(plan.tiles.count) { index in
      let tile = plan.tiles[index]
      gemm(
        a.block(rows: tile.rows, columns: inner), b.block(rows: inner, columns: tile.columns),
        alpha, number == 0 ? beta : 1, c.block(rows: tile.rows, columns: tile.columns))
    }
  }
}

/// Small C, long inner dimension: each inner range into scratch of its own by `part`, then added in
/// order.
private func multiplyPartials<Scalar>(
  _ plan: ProductPlan, _ a: MatrixView<Scalar>, _ b: MatrixView<Scalar>, _ alpha: Scalar,
  _ beta: Scalar, _ c: MutableMatrixView<Scalar>, _ context: ComputeContext,
  part:
    @Sendable (
      MatrixView<Scalar>, MatrixView<Scalar>, Scalar, Scalar, MutableMatrixView<Scalar>
    ) -> Void
) throws(ComputationStopped) {
  let (m, n) = (c.rows, c.columns)
  let scratch = MutableMatrixView(  // one m × n block after the other
    base: UnsafeMutablePointer<Scalar>.allocate(capacity: plan.partials.count * m * n),
    rows: plan.partials.count * m, columns: n, stride: n)
  defer { scratch.base.deallocate() }
  try context.parallelTiles(plan.partials.count) { index in
    let inner = plan.partials[index]
    part(a.columns(inner), b.rows(inner), alpha, 0, scratch.rows(index * m..<(index + 1) * m))
  }
  for index in plan.partials.indices {
    let sum = scratch.rows(index * m..<(index + 1) * m).readOnly
    if index == 0, beta == 0 {
      copy(sum, into: c)
    } else {
      add(sum, scaledBy: 1, to: c, scaledBy: index == 0 ? beta : 1)
    }
  }
}

/// By one thread, whatever the shape: one call of our own kernels where they pay, else of BLAS.
func gemm<Scalar>(
  _ a: MatrixView<Scalar>, _ b: MatrixView<Scalar>, _ alpha: Scalar, _ beta: Scalar,
  _ c: MutableMatrixView<Scalar>
) {
  guard c.rows > 0, c.columns > 0 else { return }
  guard a.columns > 0 else {
    if beta == 0 { fill(c, with: 0) } else { scale(c, by: beta) }
    return
  }
  if PanelledProduct.suits(Scalar.self, c.rows, c.columns, a.columns) {
    return PanelledProduct.run(Scalar.Routines.panelKernel, a, b, alpha, beta, c)
  }
  libraryProduct(a, b, alpha, beta, c)
}

/// One call of BLAS, whatever the shape: what our own kernels are measured against. No dimension is
/// zero.
package func libraryProduct<Scalar: Real>(
  _ a: MatrixView<Scalar>, _ b: MatrixView<Scalar>, _ alpha: Scalar, _ beta: Scalar,
  _ c: MutableMatrixView<Scalar>
) {
  OpenBLAS.prepare()
  Scalar.Routines.gemm(
    a.isTransposed, b.isTransposed, c.rows, c.columns, a.columns, alpha, a.base,
    max(1, a.stride), b.base, max(1, b.stride), beta, c.base, max(1, c.stride))
}

// MARK: Matrix times vector

/// y (m) ← alpha·A·x + beta·y with A (m × n), x (n).
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func multiply<Scalar: Real>(
  _ a: MatrixView<Scalar>, _ x: UnsafeBufferPointer<Scalar>, alpha: Scalar = 1, beta: Scalar = 0,
  into y: UnsafeMutableBufferPointer<Scalar>
) {
  precondition(a.columns == x.count && a.rows == y.count, "x has n entries, y has m")
  guard let result = y.baseAddress, a.rows > 0 else { return }
  guard let vector = x.baseAddress, a.columns > 0 else {
    if beta == 0 {
      ElementLoops.fill(y.count, 0, result)
    } else {
      ElementLoops.scale(y.count, beta, result)
    }
    return
  }
  OpenBLAS.prepare()
  let (lines, length) = a.isTransposed ? (a.columns, a.rows) : (a.rows, a.columns)
  Scalar.Routines.gemv(
    a.isTransposed, lines, length, alpha, a.base, max(1, a.stride), vector, beta, result)
}

// MARK: Symmetric results

/// C (n × n) ← alpha·A·Aᵀ + beta·C, both triangles, exactly symmetric; A (n × k).
///
/// Computes about half: n²k flops. For Aᵀ·A give `a.transposed`. Of the old C only the lower
/// triangle is read.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func symmetricProduct<Scalar: Real>(
  _ a: MatrixView<Scalar>, alpha: Scalar = 1, beta: Scalar = 0,
  into c: MutableMatrixView<Scalar>
) {
  symmetricProduct(a, a.transposed, alpha: alpha, beta: beta, into: c)
}

/// The same bytes as without a context, by the threads of the context.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func symmetricProduct<Scalar: Real>(
  _ a: MatrixView<Scalar>, alpha: Scalar = 1, beta: Scalar = 0,
  into c: MutableMatrixView<Scalar>, in context: ComputeContext
) throws(ComputationStopped) {
  try symmetricProduct(a, a.transposed, alpha: alpha, beta: beta, into: c, in: context)
}

/// C (n × n) ← alpha·A·B + beta·C where the caller knows A·B to be symmetric (commuting symmetric
/// factors, A·Aᵀ, A·D·Aᵀ …): only the lower half is computed, then mirrored. A (n × k), B (k × n).
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func symmetricProduct<Scalar: Real>(
  _ a: MatrixView<Scalar>, _ b: MatrixView<Scalar>, alpha: Scalar = 1, beta: Scalar = 0,
  into c: MutableMatrixView<Scalar>
) {
  checkShapes(a, b, c)
  alone { context throws(ComputationStopped) in
    try symmetricProduct(a, b, alpha: alpha, beta: beta, into: c, in: context)
  }
}

/// The same bytes as without a context, by the threads of the context.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func symmetricProduct<Scalar: Real>(
  _ a: MatrixView<Scalar>, _ b: MatrixView<Scalar>, alpha: Scalar = 1, beta: Scalar = 0,
  into c: MutableMatrixView<Scalar>, in context: ComputeContext
) throws(ComputationStopped) {
  precondition(c.rows == c.columns, "a square result")
  checkShapes(a, b, c)
  if ProductPlan.isSmall(c.rows, c.columns, a.columns) {
    try context.checkpoint()
    lowerProduct(a, b, alpha, beta, c)
    mirrorLower(c)
  } else {
    let plan = ProductPlan(symmetric: c.rows, k: a.columns)
    if plan.partials.isEmpty {
      try multiplyLowerTiles(plan, a, b, alpha, beta, c, isMirrored: true, context)
    } else {
      try multiplyPartials(plan, a, b, alpha, beta, c, context, part: lowerProduct)
      mirrorLower(c)
    }
  }
}

/// Each tile is mirrored by who computed it, while it is in the cache.
func multiplyLowerTiles<Scalar>(
  _ plan: ProductPlan, _ a: MatrixView<Scalar>, _ b: MatrixView<Scalar>, _ alpha: Scalar,
  _ beta: Scalar, _ c: MutableMatrixView<Scalar>, isMirrored: Bool, _ context: ComputeContext
) throws(ComputationStopped) {
  let last = isMirrored ? plan.steps.count - 1 : -1  // in which step tiles are mirrored
  for (number, inner) in plan.steps.enumerated() {
    let beta = number == 0 ? beta : 1
    try context.parallelTiles(plan.tiles.count) { index in
      let tile = plan.tiles[index]
      let left = a.block(rows: tile.rows, columns: inner)
      let right = b.block(rows: inner, columns: tile.columns)
      let part = c.block(rows: tile.rows, columns: tile.columns)
      if tile.rows == tile.columns {
        lowerProduct(left, right, alpha, beta, part)
        if number == last { mirrorLower(part) }
      } else {
        gemm(left, right, alpha, beta, part)
        if number == last {
          copy(part.readOnly.transposed, into: c.block(rows: tile.columns, columns: tile.rows))
        }
      }
    }
  }
}

/// Order down to which the lower half of a product is cut. Measured against whole products in double
/// precision: 0.75 of the time at n = 128, 0.65 at 256, 0.57 at 1024; the library's syrk, which only
/// does A·Aᵀ, takes 0.64, 0.61 and 0.64.
private let smallestTriangle = 32

/// The lower triangle of C ← alpha·A·B + beta·C by halves; above the diagonal only the blocks left
/// on it are written.
func lowerProduct<Scalar>(
  _ a: MatrixView<Scalar>, _ b: MatrixView<Scalar>, _ alpha: Scalar, _ beta: Scalar,
  _ c: MutableMatrixView<Scalar>
) {
  let n = c.rows
  if a.columns > 0, PanelledProduct.suits(Scalar.self, n, n, a.columns) {
    return PanelledProduct.run(
      Scalar.Routines.panelKernel, a, b, alpha, beta, c, lower: true)
  }
  guard n > smallestTriangle else { return gemm(a, b, alpha, beta, c) }
  let h = ProductPlan.firstHalf(n)
  let (upper, lower) = (0..<h, h..<n)
  gemm(a.rows(lower), b.columns(upper), alpha, beta, c.block(rows: lower, columns: upper))
  lowerProduct(
    a.rows(upper), b.columns(upper), alpha, beta, c.block(rows: upper, columns: upper))
  lowerProduct(
    a.rows(lower), b.columns(lower), alpha, beta, c.block(rows: lower, columns: lower))
}
