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

  /// Whether the product is one for these kernels: not where panels would be nearly empty. Asks the
  /// shape only.
  package static func suits<Scalar: Real>(_: Scalar.Type, _ m: Int, _ n: Int, _ k: Int) -> Bool {
    OpenBLAS.hasFusedKernels && m >= 6 && k >= 8 && n >= (Scalar.self == Float.self ? 32 : 8)
  }

  /// C (m × n) ← alpha·A·B + beta·C; only what tiles of the lower triangle need when `lower`: what
  /// is written above the diagonal means nothing. C has entries, k is above zero.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package static func run<Scalar: Real>(
    _ kernel: PanelKernel<Scalar>, _ a: MatrixView<Scalar>, _ b: MatrixView<Scalar>,
    _ alpha: Scalar, _ beta: Scalar, _ c: MutableMatrixView<Scalar>, lower: Bool = false
  ) {
    if beta != 0, beta != 1 { scale(c, by: beta) }
    let (m, n, k) = (c.rows, c.columns, a.columns)
    let depth = min(depth, k)
    let strips = (m + 5) / 6
    let packers = Scalar.Routines.panelPackers
    let size = depth * (kernel.columns + (a.isTransposed ? 6 * strips : 0))
    withUnsafeTemporaryAllocation(
      byteCount: size * MemoryLayout<Scalar>.stride, alignment: 64
    ) { scratch in
      let numbers = scratch.bindMemory(to: Scalar.self)
      guard let panel = numbers.baseAddress else { return }
      let packed = panel + depth * kernel.columns
      for first in stride(from: 0, to: k, by: depth) {
        let deep = min(depth, k - first)
        var (left, stripStep, rowStep, step) = (a.base + first, 6 * a.stride, a.stride, 1)
        if a.isTransposed {
          packers.strips(m, deep, a.base + first * a.stride, a.stride, packed)
          (left, stripStep, rowStep, step) = (UnsafePointer(packed), 6 * deep, 1, 6)
        }
        for column in stride(from: 0, to: n, by: kernel.columns) {
          let width = min(kernel.columns, n - column)
          let whole = 2 * width > kernel.columns ? kernel.columns : kernel.columns / 2
          if b.isTransposed {
            packers.columns(
              deep, width, whole, b.base + (column * b.stride + first), b.stride, panel)
          } else {
            packers.lines(
              deep, width, whole, b.base + (first * b.stride + column), b.stride, panel)
          }
          let strip = lower ? column / 6 : 0
          if 6 * strip >= m { continue }
          kernel.product(
            m - 6 * strip, width, deep, left + strip * stripStep, stripStep, rowStep, step, panel,
            alpha, first > 0 || beta != 0, c.base + (6 * strip * c.stride + column), c.stride)
        }
      }
    }
  }
}
