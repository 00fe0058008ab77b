public import Compute

/// A ← A⁻¹ for a symmetric positive definite A (n × n); the lower triangle is read, both are written,
/// exactly symmetric.
///
/// By halves, with W₁₁ = A₁₁⁻¹, Y = A₂₁·W₁₁, S = A₂₂ - Y·A₂₁ᵀ:
/// A⁻¹ = [W₁₁ + Yᵀ·S⁻¹·Y, ·; -S⁻¹·Y, S⁻¹]. All products: measured 1.04 to 1.37 times as fast as
/// LAPACK's potrf and potri at orders 512 and 1024 on one thread, level on two. n³ flops, n²/3 scratch. Because
/// it multiplies by explicit inverses of blocks, the error is n·eps·κ(A)²·‖A⁻¹‖ in the worst case,
/// where `Cholesky.inverse` keeps n·eps·κ(A)·‖A⁻¹‖: for κ(A) up to about 1e6 in double precision, 1e3
/// in single; beyond, a pivot may fail for nothing.
/// Split over the threads of the context, asking before each tile whether to stop.
///
/// - Throws: `.stopped`, or `.failed(.notPositiveDefinite)`; A then holds something in between.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
public func invertPositiveDefinite<Scalar: Real>(
  _ a: MutableMatrixView<Scalar>, in context: ComputeContext = ComputeContext()
) throws(InterruptibleError) {
  precondition(a.rows == a.columns, "a square block")
  let scratch = UnsafeMutablePointer<Scalar>.allocate(capacity: inverseScratch(a.rows))
  defer { scratch.deallocate() }
  try invertByHalves(a, scratch, firstPivot: 0, context)
}

extension Matrix {
  /// A⁻¹ of a symmetric positive definite matrix, exactly symmetric; see `invertPositiveDefinite`.
  public func positiveDefiniteInverse(
    in context: ComputeContext = ComputeContext()
  ) throws(InterruptibleError) -> Matrix {
    var result = self
    try result.withMutableView { view throws(InterruptibleError) in
      try invertPositiveDefinite(view, in: context)
    }
    return result
  }
}

/// Order at which halving stops and LAPACK inverts the block.
private let inverseBase = 32

/// Y of this level and of the levels below it.
private func inverseScratch(_ n: Int) -> Int {
  guard n > inverseBase else { return 0 }
  let first = ProductPlan.firstHalf(n)
  return first * (n - first) + max(inverseScratch(first), inverseScratch(n - first))
}

/// Reads the lower triangle only. Each of the two parallel passes does two products in a row on the
/// same band, because waking the other threads costs as much as a small product (some 50 µs).
private func invertByHalves<Scalar>(
  _ a: MutableMatrixView<Scalar>, _ scratch: UnsafeMutablePointer<Scalar>, firstPivot: Int,
  _ context: ComputeContext
) throws(InterruptibleError) {
  let n = a.rows
  guard n > inverseBase else {
    return try fallible { () throws(LinearAlgebraError) in try invertBase(a, firstPivot) }
  }
  let h = ProductPlan.firstHalf(n)
  let halves = InverseHalves(
    a11: a.block(rows: 0..<h, columns: 0..<h), a21: a.block(rows: h..<n, columns: 0..<h),
    a12: a.block(rows: 0..<h, columns: h..<n), a22: a.block(rows: h..<n, columns: h..<n),
    y: MutableMatrixView(base: scratch, rows: n - h, columns: h, stride: h))
  let below = scratch + h * (n - h)
  try invertByHalves(halves.a11, below, firstPivot: firstPivot, context)
  try stoppable { () throws(ComputationStopped) in
    let bands = InverseHalves<Scalar>.bands(n - h)
    try context.parallelTiles(bands.count) { halves.eliminate(bands[bands.count - 1 - $0]) }
  }
  try invertByHalves(halves.a22, below, firstPivot: firstPivot + h, context)
  try stoppable { () throws(ComputationStopped) in
    let bands = InverseHalves<Scalar>.bands(h)
    try context.parallelTiles(bands.count) { index in
      // The bands' work grows with their end: from the other side here.
      let band = bands[bands.count - 1 - index]
      halves.assemble(h - band.upperBound..<h - band.lowerBound)
    }
  }
}

/// The blocks of a matrix being inverted, and what is done to bands of them.
private struct InverseHalves<Scalar: Real>: Sendable {
  let a11: MutableMatrixView<Scalar>  // (h × h): W₁₁, then the result's
  let a21: MutableMatrixView<Scalar>  // (n - h × h)
  let a12: MutableMatrixView<Scalar>  // (h × n - h): only the result's
  let a22: MutableMatrixView<Scalar>  // (n - h × n - h): S, then its inverse
  let y: MutableMatrixView<Scalar>  // (n - h × h)

  /// 0..<count cut so that x + x²/2 (x the end, 1 at count) grows evenly: the work of `eliminate`.
  static func bands(_ count: Int) -> [Range<Int>] {
    let parts = count < 192 ? 1 : count < 384 ? 2 : max(4, count / 192)
    var bands: [Range<Int>] = []
    var start = 0
    for part in 1...parts {
      let share = (1 + 3 * Double(part) / Double(parts)).squareRoot() - 1
      let end = part == parts ? count : Int(share * Double(count)) / 8 * 8
      bands.append(start..<end)
      start = end
    }
    return bands
  }

  /// Rows of Y = A₂₁·W₁₁, then of the lower triangle of S = A₂₂ - Y·A₂₁ᵀ.
  func eliminate(_ rows: Range<Int>) {
    let y = y.rows(rows)
    gemm(a21.rows(rows).readOnly, a11.readOnly, 1, 0, y)
    let left = 0..<rows.lowerBound
    gemm(
      y.readOnly, a21.rows(left).readOnly.transposed, -1, 1,
      a22.block(rows: rows, columns: left))
    lowerProduct(
      y.readOnly, a21.rows(rows).readOnly.transposed, -1, 1, a22.block(rows: rows, columns: rows))
  }

  /// Columns of the result's A₂₁ ← -S⁻¹·Y, then of A₁₁ ← W₁₁ - Yᵀ·A₂₁, and their mirror images.
  func assemble(_ columns: Range<Int>) {
    let w21 = a21.columns(columns)
    gemm(a22.readOnly, y.columns(columns).readOnly, -1, 0, w21)
    copy(w21.readOnly.transposed, into: a12.rows(columns))
    let below = columns.upperBound..<a11.rows
    let rest = a11.block(rows: below, columns: columns)
    gemm(y.columns(below).readOnly.transposed, w21.readOnly, -1, 1, rest)
    copy(rest.readOnly.transposed, into: a11.block(rows: columns, columns: below))
    let corner = a11.block(rows: columns, columns: columns)
    lowerProduct(y.columns(columns).readOnly.transposed, w21.readOnly, -1, 1, corner)
    mirrorLower(corner)
  }
}

private func invertBase<Scalar>(
  _ a: MutableMatrixView<Scalar>, _ firstPivot: Int
) throws(LinearAlgebraError) {
  guard a.rows > 0 else { return }
  OpenBLAS.prepare()
  // Lower in rows is upper in LAPACK's columns.
  let factored = Scalar.Routines.potrf(.upper, lapack(a.rows), a.base, lapack(a.stride))
  if factored > 0 { throw .notPositiveDefinite(pivot: firstPivot + Int(factored) - 1) }
  let inverted = Scalar.Routines.potri(.upper, lapack(a.rows), a.base, lapack(a.stride))
  if inverted > 0 { throw .singular(pivot: firstPivot + Int(inverted) - 1) }
  mirrorLower(a)
}
