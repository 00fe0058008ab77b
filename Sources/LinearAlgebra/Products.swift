public import Compute

// Products. Shapes that do not fit together are a programmer's mistake. Operands may be transposed
// views; the result must not overlap an operand. With beta = 0 the old result is not read.
// 2mnk flops; no scratch of ours. Entry errors are at most k·eps·(|A||B|)ᵢⱼ.

/// C (m × n) ← alpha·A·B + beta·C with A (m × k), B (k × n).
public func multiply<Scalar: Real>(
  _ a: MatrixView<Scalar>, _ b: MatrixView<Scalar>, alpha: Scalar = 1, beta: Scalar = 0,
  into c: MutableMatrixView<Scalar>
) {
  let plan = ProductPlan(m: c.rows, n: c.columns, k: a.columns)
  checkShapes(a, b, c)
  for index in 0..<plan.count { multiplyTile(plan.tile(index), a, b, alpha, beta, c) }
}

/// The same bytes as `multiply` without a context, by the threads of the context; asks before each
/// tile (about 10 ms) whether to stop.
public func multiply<Scalar: Real>(
  _ a: MatrixView<Scalar>, _ b: MatrixView<Scalar>, alpha: Scalar = 1, beta: Scalar = 0,
  into c: MutableMatrixView<Scalar>, in context: ComputeContext
) throws(ComputationStopped) {
  let plan = ProductPlan(m: c.rows, n: c.columns, k: a.columns)
  checkShapes(a, b, c)
  try context.parallelTiles(plan.count) { index in
    multiplyTile(plan.tile(index), a, b, alpha, beta, c)
  }
}

private func checkShapes<Scalar>(
  _ a: MatrixView<Scalar>, _ b: MatrixView<Scalar>, _ c: MutableMatrixView<Scalar>
) {
  precondition(a.columns == b.rows, "inner dimensions are equal")
  precondition(c.rows == a.rows && c.columns == b.columns, "the result is m × n")
}

private func multiplyTile<Scalar>(
  _ tile: (rows: Range<Int>, columns: Range<Int>), _ a: MatrixView<Scalar>,
  _ b: MatrixView<Scalar>, _ alpha: Scalar, _ beta: Scalar, _ c: MutableMatrixView<Scalar>
) {
  gemm(
    a.rows(tile.rows), b.columns(tile.columns), alpha, beta,
    c.block(rows: tile.rows, columns: tile.columns))
}

/// One BLAS call, whatever the shape.
func gemm<Scalar>(
  _ a: MatrixView<Scalar>, _ b: MatrixView<Scalar>, _ alpha: Scalar, _ beta: Scalar,
  _ c: MutableMatrixView<Scalar>
) {
  guard c.rows > 0, c.columns > 0 else { return }
  guard a.columns > 0 else {
    if beta == 0 { fill(c, with: 0) } else { scale(c, by: beta) }
    return
  }
  OpenBLAS.prepare()
  Scalar.Routines.gemm(
    a.isTransposed, b.isTransposed, c.rows, c.columns, a.columns, alpha, a.base,
    max(1, a.stride), b.base, max(1, b.stride), beta, c.base, max(1, c.stride))
}

// MARK: Matrix times vector

/// y (m) ← alpha·A·x + beta·y with A (m × n), x (n).
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

/// Columns of a block in products of which only the lower half is computed; 128 wastes 1/16 of the
/// work at n = 1024 and keeps the BLAS kernels at full speed (measured 0.56 of the whole product).
let symmetricBlock = 128

/// C (n × n) ← alpha·A·Aᵀ + beta·C, both triangles, exactly symmetric; A (n × k).
///
/// Computes about half: n²k flops. For Aᵀ·A give `a.transposed`. Of the old C only the lower
/// triangle is read.
public func symmetricProduct<Scalar: Real>(
  _ a: MatrixView<Scalar>, alpha: Scalar = 1, beta: Scalar = 0,
  into c: MutableMatrixView<Scalar>
) {
  symmetricProduct(a, a.transposed, alpha: alpha, beta: beta, into: c)
}

/// The same bytes as without a context, by the threads of the context.
public func symmetricProduct<Scalar: Real>(
  _ a: MatrixView<Scalar>, alpha: Scalar = 1, beta: Scalar = 0,
  into c: MutableMatrixView<Scalar>, in context: ComputeContext
) throws(ComputationStopped) {
  try symmetricProduct(a, a.transposed, alpha: alpha, beta: beta, into: c, in: context)
}

/// C (n × n) ← alpha·A·B + beta·C where the caller knows A·B to be symmetric (commuting symmetric
/// factors, A·Aᵀ, A·D·Aᵀ …): only the lower half is computed, then mirrored. A (n × k), B (k × n).
public func symmetricProduct<Scalar: Real>(
  _ a: MatrixView<Scalar>, _ b: MatrixView<Scalar>, alpha: Scalar = 1, beta: Scalar = 0,
  into c: MutableMatrixView<Scalar>
) {
  let plan = SymmetricPlan(n: c.rows, k: a.columns)
  checkShapes(a, b, c)
  for tile in plan.tiles { multiplyTile(tile, a, b, alpha, beta, c) }
  mirrorLower(c)
}

/// The same bytes as without a context, by the threads of the context.
public func symmetricProduct<Scalar: Real>(
  _ a: MatrixView<Scalar>, _ b: MatrixView<Scalar>, alpha: Scalar = 1, beta: Scalar = 0,
  into c: MutableMatrixView<Scalar>, in context: ComputeContext
) throws(ComputationStopped) {
  let plan = SymmetricPlan(n: c.rows, k: a.columns)
  checkShapes(a, b, c)
  try context.parallelTiles(plan.tiles.count) { index in
    multiplyTile(plan.tiles[index], a, b, alpha, beta, c)
  }
  mirrorLower(c)
}

/// The tiles of a product of which only the lower half is computed, from the shape alone.
struct SymmetricPlan {
  let tiles: [(rows: Range<Int>, columns: Range<Int>)]

  /// Block columns from the diagonal down, cut where one is more than `ProductPlan.aim` flops.
  init(n: Int, k: Int) {
    var tiles: [(rows: Range<Int>, columns: Range<Int>)] = []
    for first in stride(from: 0, to: n, by: symmetricBlock) {
      let columns = first..<min(first + symmetricBlock, n)
      let flops = 2 * Double(n - first) * Double(columns.count) * Double(k)
      let parts = max(1, Int(flops / Double(ProductPlan.aim)))
      for band in ProductPlan.bands(n - first, parts: parts) {
        tiles.append((band.lowerBound + first..<band.upperBound + first, columns))
      }
    }
    self.tiles = tiles
  }
}
