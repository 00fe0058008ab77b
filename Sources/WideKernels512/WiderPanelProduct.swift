import WideKernels

/// `PanelProduct` in registers of 512 bits: the same source and the same bytes.
///
/// This room is compiled for AVX-512 (foundation), whatever the rest of the program is compiled for:
/// whoever calls it has made sure that the processor has it. Its doors are never inlined.
public enum WiderPanelProduct {
  /// Columns of a whole panel.
  public static let singleColumns = 64
  public static let doubleColumns = 32

  /// As `PanelProduct.run`.
  @inline(never)
  public static func run(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ stripStep: Int, _ rowStep: Int,
    _ step: Int, _ panel: UnsafePointer<Float>, _ alpha: Float, _ adds: Bool,
    _ c: UnsafeMutablePointer<Float>, _ stride: Int
  ) {
    PanelProduct.product(
      RegisterPair<SIMD16<Float>>.self, m, n, k, a, stripStep, rowStep, step, panel, alpha, adds, c,
      stride)
  }

  /// As `PanelProduct.run`.
  @inline(never)
  public static func run(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Double>, _ stripStep: Int, _ rowStep: Int,
    _ step: Int, _ panel: UnsafePointer<Double>, _ alpha: Double, _ adds: Bool,
    _ c: UnsafeMutablePointer<Double>, _ stride: Int
  ) {
    PanelProduct.product(
      RegisterPair<SIMD8<Double>>.self, m, n, k, a, stripStep, rowStep, step, panel, alpha, adds, c,
      stride)
  }
}
