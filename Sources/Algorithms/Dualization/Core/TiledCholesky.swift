import Compute
import LinearAlgebra

/// The Cholesky factor of a symmetric positive definite matrix in tiles over the threads.
enum TiledCholesky {
  /// Order up to which LAPACK factorises a block of a larger matrix.
  private static let base = 256
  /// Rows of one triangular solve.
  private static let band = 128

  /// L of A = L Lᵀ over the lower triangle of A, what is above it is left undefined.
  ///
  /// - Returns: false when A is not positive definite.
  static func factor<Work: Real>(
    _ a: MutableMatrixView<Work>, in context: ComputeContext
  ) throws(ComputationStopped) -> Bool {
    let n = a.rows
    if n <= base {
      do throws(LinearAlgebraError) {
        try factorCholesky(a)
        return true
      } catch {
        return false
      }
    }
    let h = (n / 2 + 7) / 8 * 8
    guard try factor(a.block(rows: 0..<h, columns: 0..<h), in: context) else { return false }
    let l11 = a.block(rows: 0..<h, columns: 0..<h).readOnly
    let a21 = a.block(rows: h..<n, columns: 0..<h)
    let count = n - h
    try context.parallelTiles((count + band - 1) / band) { index in
      let rows = index * band..<min((index + 1) * band, count)
      solveTriangular(l11, .lower, transposed: true, fromRight: true, into: a21.rows(rows))
    }
    let a22 = a.block(rows: h..<n, columns: h..<n)
    try symmetricProduct(a21.readOnly, alpha: -1, beta: 1, into: a22, in: context)
    return try factor(a22, in: context)
  }
}

extension ComputeContext {
  /// A ← A⁻¹ of a symmetric A; false when A is not positive definite, and A then something in
  /// between.
  func invert<Work: Real>(
    _ a: MutableMatrixView<Work>
  ) throws(ComputationStopped) -> Bool {
    do throws(InterruptibleError) {
      try invertPositiveDefinite(a, in: self)
      return true
    } catch {
      if case .stopped(let reason) = error { throw reason }
      return false
    }
  }
}
