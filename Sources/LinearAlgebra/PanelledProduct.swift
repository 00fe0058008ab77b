import Compute

/// Products by kernels of our own, at twice the speed of OpenBLAS's where the processor has
/// registers of 512 bits that the library's kernels do not use, and a tenth above it where not.
///
/// Measured in GF/s of one thread, float64, at orders 128 and 512: kernels for 256 bits 50 to 55
/// against 42 to 50 of OpenBLAS's Haswell kernels, those for 512 bits 113 against 81 to 91 of its
/// SkylakeX kernels.
///
/// B is packed panel by panel, each of which stays in the first-level cache while all of A goes by;
/// A is read where it is, and packed only where it lies transposed. The triangle of a symmetric
/// result is cut along the kernels' own tiles.
package enum PanelledProduct {
  /// Inner dimension of a panel: 32 KB. The results depend on it.
  private static let depth = 128

  /// Multiplications of some twenty microseconds.
  private static let offered = 1_000_000

  /// Whether the product is one for these kernels: not where panels would be nearly empty. Asks the
  /// shape only.
  package static func suits<Scalar: Real>(_: Scalar.Type, _ m: Int, _ n: Int, _ k: Int) -> Bool {
    OpenBLAS.hasFusedKernels && m >= 6 && k >= 8 && n >= (Scalar.self == Float.self ? 32 : 8)
  }

  /// C (m × n) ← alpha·A·B + beta·C; only what tiles of the lower triangle need when `lower`: what
  /// is written above the diagonal means nothing. C has entries, k is above zero.
  package static func run<Scalar: Real>(
    _ kernel: PanelKernel<Scalar>, _ a: MatrixView<Scalar>, _ b: MatrixView<Scalar>,
    _ alpha: Scalar, _ beta: Scalar, _ c: MutableMatrixView<Scalar>, lower: Bool = false
  ) {
    let packers = Scalar.Routines.panelPackers
    run(kernel, packers, packers, a, b, alpha, beta, c, lower)
  }

  /// The same of operands in types of their own.
  @specialized(where Scalar == Float, Left == Float, Right == Float)
  @specialized(where Scalar == Double, Left == Double, Right == Double)
  @specialized(where Scalar == Double, Left == Float, Right == Float)
  @specialized(where Scalar == Double, Left == Double, Right == Float)
  @specialized(where Scalar == Double, Left == Float, Right == Double)
  static func run<Scalar: Real, Left: Real, Right: Real>(
    _ kernel: PanelKernel<Scalar>, _ leftPackers: PanelPackers<Left, Scalar>,
    _ rightPackers: PanelPackers<Right, Scalar>, _ a: MatrixView<Left>, _ b: MatrixView<Right>,
    _ alpha: Scalar, _ beta: Scalar, _ c: MutableMatrixView<Scalar>, _ lower: Bool
  ) {
    if beta != 0, beta != 1 { scale(c, by: beta) }
    let (m, n, k) = (c.rows, c.columns, a.columns)
    let depth = min(depth, k)
    let isPacked = a.isTransposed || Left.self != Scalar.self
    let size = depth * (kernel.columns + (isPacked ? 6 * ((m + 5) / 6) : 0))
    withUnsafeTemporaryAllocation(
      byteCount: size * MemoryLayout<Scalar>.stride, alignment: 64
    ) { scratch in
      let numbers = scratch.bindMemory(to: Scalar.self)
      guard let panel = numbers.baseAddress else { return }
      let packed = panel + depth * kernel.columns
      // Multiplications since the core was offered.
      var done = 0
      for first in stride(from: 0, to: k, by: depth) {
        let deep = min(depth, k - first)
        let left =
          isPacked
          ? pack(leftPackers, a, first..<first + deep, packed)
          : Strips(
            base: UnsafeRawPointer(a.base + first).assumingMemoryBound(to: Scalar.self),
            stripStep: 6 * a.stride, rowStep: a.stride, step: 1)
        for column in stride(from: 0, to: n, by: kernel.columns) {
          let width = min(kernel.columns, n - column)
          let strip = lower ? column / 6 : 0
          if 6 * strip >= m { continue }
          // What is left over may be a whole panel of the narrowest kernel.
          let narrow = Scalar.Routines.panelKernels[0]
          let kernel = width <= narrow.columns ? narrow : kernel
          let whole = 2 * width > kernel.columns ? kernel.columns : kernel.columns / 2
          if b.isTransposed {
            rightPackers.columns(
              deep, width, whole, b.base + (column * b.stride + first), b.stride, panel)
          } else {
            rightPackers.lines(
              deep, width, whole, b.base + (first * b.stride + column), b.stride, panel)
          }
          kernel.product(
            m - 6 * strip, width, deep, left.base + strip * left.stripStep, left.stripStep,
            left.rowStep, left.step, panel, alpha, first > 0 || beta != 0,
            c.base + (6 * strip * c.stride + column), c.stride)
          done += (m - 6 * strip) * width * deep
          if done > offered {
            Courtesy.offerCore()
            done = 0
          }
        }
      }
    }
  }

  /// Where the entries of A lie, as `PanelProduct.run` wants to know.
  private struct Strips<Scalar> {
    let base: UnsafePointer<Scalar>
    let stripStep: Int
    let rowStep: Int
    let step: Int
  }

  @inline(__always)
  private static func pack<Scalar: Real, Left: Real>(
    _ packers: PanelPackers<Left, Scalar>, _ a: MatrixView<Left>, _ inner: Range<Int>,
    _ packed: UnsafeMutablePointer<Scalar>
  ) -> Strips<Scalar> {
    let deep = inner.count
    if a.isTransposed {
      packers.strips(a.rows, deep, a.base + inner.lowerBound * a.stride, a.stride, packed)
      return Strips(base: packed, stripStep: 6 * deep, rowStep: 1, step: 6)
    }
    packers.lines(a.rows, deep, deep, a.base + inner.lowerBound, a.stride, packed)
    return Strips(base: packed, stripStep: 6 * deep, rowStep: deep, step: 1)
  }
}
