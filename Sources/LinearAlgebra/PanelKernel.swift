import COpenBLAS

/// The kernels of WideKernels for products by panels, in one width of registers.
public struct PanelKernel<Scalar: Real>: Sendable {
  /// Columns of a whole panel: two vectors.
  let columns: Int
  /// See `PanelProduct.run`.
  let product:
    @Sendable (
      Int, Int, Int, UnsafePointer<Scalar>, Int, Int, Int, UnsafePointer<Scalar>, Scalar, Bool,
      UnsafeMutablePointer<Scalar>, Int
    ) -> Void
}

/// The functions of `PanelPacking` from one scalar type to the one computed with.
public struct PanelPackers<Source: Real, Scalar: Real>: Sendable {
  typealias Panels =
    @Sendable (Int, Int, Int, UnsafePointer<Source>, Int, UnsafeMutablePointer<Scalar>) -> Void

  let lines: Panels
  let columns: Panels
  let strips: @Sendable (Int, Int, UnsafePointer<Source>, Int, UnsafeMutablePointer<Scalar>) -> Void
}

extension OpenBLAS {
  /// Whether the processor has registers of 512 bits, whatever the library makes of them: kernels of
  /// ours give the same bytes with and without.
  package static let processorIsWider = processor_has_avx512f() != 0
}
