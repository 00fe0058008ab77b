/// BLAS and LAPACK for one scalar type, the C symbols as COpenBLAS.h declares them, and the kernels
/// of WideKernels beside them.
///
/// What conforms names its symbols; how they are called is written once, in `RealRoutines+Calls`.
public protocol RealRoutines {
  associatedtype Scalar: Real
  typealias Input = UnsafePointer<Scalar>
  typealias InOut = UnsafeMutablePointer<Scalar>
  typealias Pivots = UnsafeMutablePointer<Int32>
  /// LAPACK takes everything by pointer.
  typealias Flag = UnsafePointer<CChar>?
  typealias Size = UnsafePointer<Int32>?
  typealias Whole = UnsafeMutablePointer<Int32>?

  static var cblasGemm:
    @Sendable (
      Int32, Int32, Int32, Int32, Int32, Int32, Scalar, Input?, Int32, Input?, Int32, Scalar,
      InOut?, Int32
    ) -> Void
  { get }
  static var cblasGemv:
    @Sendable (
      Int32, Int32, Int32, Int32, Scalar, Input?, Int32, Input?, Int32, Scalar, InOut?, Int32
    ) -> Void
  { get }
  static var cblasSyrk:
    @Sendable (
      Int32, Int32, Int32, Int32, Int32, Scalar, Input?, Int32, Scalar, InOut?, Int32
    ) -> Void
  { get }
  static var cblasTrmm:
    @Sendable (
      Int32, Int32, Int32, Int32, Int32, Int32, Int32, Scalar, Input?, Int32, InOut?, Int32
    ) -> Void
  { get }
  static var cblasTrsm:
    @Sendable (
      Int32, Int32, Int32, Int32, Int32, Int32, Int32, Scalar, Input?, Int32, InOut?, Int32
    ) -> Void
  { get }
  static var lapackGesdd:
    @Sendable (
      Flag, Size, Size, InOut?, Size, InOut?, InOut?, Size, InOut?, Size, InOut?, Size, Whole,
      Whole, Int
    ) -> Void
  { get }
  static var lapackGesvd:
    @Sendable (
      Flag, Flag, Size, Size, InOut?, Size, InOut?, InOut?, Size, InOut?, Size, InOut?, Size,
      Whole, Int, Int
    ) -> Void
  { get }
  static var lapackPotrf: @Sendable (Flag, Size, InOut?, Size, Whole, Int) -> Void { get }
  static var lapackPotri: @Sendable (Flag, Size, InOut?, Size, Whole, Int) -> Void { get }
  static var lapackSytrf:
    @Sendable (Flag, Size, InOut?, Size, Whole, InOut?, Size, Whole, Int) -> Void
  { get }
  static var lapackSytrs:
    @Sendable (Flag, Size, Size, Input?, Size, Size, InOut?, Size, Whole, Int) -> Void
  { get }
  static var lapackSyevd:
    @Sendable (
      Flag, Flag, Size, InOut?, Size, InOut?, InOut?, Size, Whole, Size, Whole, Int, Int
    ) -> Void
  { get }
  static var lapackSyevr:
    @Sendable (
      Flag, Flag, Flag, Size, InOut?, Size, Input?, Input?, Size, Size, Input?, Whole, InOut?,
      InOut?, Size, Whole, InOut?, Size, Whole, Size, Whole, Int, Int, Int
    ) -> Void
  { get }
  /// Only where `OpenBLAS.hasFusedKernels`.
  static var smallProduct: @Sendable (Int, Int, Int, Input, Input, Int, InOut) -> Void { get }
  /// Only where `OpenBLAS.hasFusedKernels`.
  static var vectorProduct: @Sendable (Int, Int, Input, Input, InOut) -> Void { get }
  /// Only where `OpenBLAS.hasFusedKernels`.
  static var transposedVectorProduct: @Sendable (Int, Int, Input, Input, InOut) -> Void { get }
  /// Only where `OpenBLAS.hasFusedKernels`.
  static var elementwiseSum: @Sendable (Int, Int, Int, Input, Input, InOut) -> Void { get }
  /// `InverseFactorLeaf.invertFactor`; only where `OpenBLAS.hasFusedKernels`.
  static var inverseFactor: @Sendable (Int, InOut, Int) -> Int { get }
  /// `InverseFactorLeaf.gram`; only where `OpenBLAS.hasFusedKernels`.
  static var gramOfLower: @Sendable (Int, InOut, Int) -> Void { get }
  /// Kernels of all widths that the processor has, the widest last; only where
  /// `OpenBLAS.hasFusedKernels`.
  static var panelKernels: [PanelKernel<Scalar>] { get }
  /// The last of them.
  static var panelKernel: PanelKernel<Scalar> { get }
  /// Only where `OpenBLAS.hasFusedKernels`.
  static var panelPackers: PanelPackers<Scalar, Scalar> { get }
}

/// A character argument of a LAPACK routine.
public enum LAPACKFlag: Int8, Sendable {
  case none = 78  // N
  case all = 65  // A
  case vectors = 86  // V
  case small = 83  // S
  case upper = 85  // U
  case lower = 76  // L: lower, or left
  case right = 82  // R
  case transpose = 84  // T
  case indices = 73  // I
}
