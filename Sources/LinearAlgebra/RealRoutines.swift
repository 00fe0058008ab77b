/// BLAS and LAPACK for one scalar type, in the conventions of those libraries.
///
/// BLAS is row-major here, LAPACK column-major (so row-major callers pass transposed views).
/// Dimensions are 32-bit. `work` of length `lwork` -1 asks for the best length, returned in
/// `work[0]`. Each LAPACK routine returns `info`: 0 done, negative: the argument of that number is
/// wrong, positive: as the routine's own page says.
public protocol RealRoutines {
  associatedtype Scalar
  typealias Input = UnsafePointer<Scalar>
  typealias InOut = UnsafeMutablePointer<Scalar>
  typealias Pivots = UnsafeMutablePointer<Int32>

  /// C (m × n) ← alpha·op(A)·op(B) + beta·C, inner dimension k.
  static func gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ alpha: Scalar,
    _ a: Input, _ lda: Int, _ b: Input, _ ldb: Int, _ beta: Scalar, _ c: InOut, _ ldc: Int)
  /// y ← alpha·op(A)·x + beta·y, A (m × n).
  static func gemv(
    _ transpose: Bool, _ m: Int, _ n: Int, _ alpha: Scalar, _ a: Input, _ lda: Int, _ x: Input,
    _ beta: Scalar, _ y: InOut)
  /// Lower triangle of C (n × n) ← alpha·A·Aᵀ + beta·C, or Aᵀ·A when `transpose`.
  static func syrk(
    _ transpose: Bool, _ n: Int, _ k: Int, _ alpha: Scalar, _ a: Input, _ lda: Int,
    _ beta: Scalar, _ c: InOut, _ ldc: Int)
  /// B (m × n) ← alpha·op(T)⁻¹·B, or alpha·B·op(T)⁻¹ when `right`; T triangular.
  static func trsm(
    _ right: Bool, _ upper: Bool, _ transpose: Bool, _ unitDiagonal: Bool, _ m: Int, _ n: Int,
    _ alpha: Scalar, _ t: Input, _ ldt: Int, _ b: InOut, _ ldb: Int)

  static func gesdd(
    _ job: LAPACKFlag, _ m: Int32, _ n: Int32, _ a: InOut, _ lda: Int32, _ s: InOut, _ u: InOut,
    _ ldu: Int32, _ vt: InOut, _ ldvt: Int32, _ work: InOut, _ lwork: Int32, _ iwork: Pivots
  ) -> Int32
  static func gesvd(
    _ jobU: LAPACKFlag, _ jobVT: LAPACKFlag, _ m: Int32, _ n: Int32, _ a: InOut, _ lda: Int32,
    _ s: InOut, _ u: InOut, _ ldu: Int32, _ vt: InOut, _ ldvt: Int32, _ work: InOut,
    _ lwork: Int32
  ) -> Int32
  static func potrf(_ uplo: LAPACKFlag, _ n: Int32, _ a: InOut, _ lda: Int32) -> Int32
  static func potri(_ uplo: LAPACKFlag, _ n: Int32, _ a: InOut, _ lda: Int32) -> Int32
  static func sytrf(
    _ uplo: LAPACKFlag, _ n: Int32, _ a: InOut, _ lda: Int32, _ pivots: Pivots, _ work: InOut,
    _ lwork: Int32
  ) -> Int32
  static func sytrs(
    _ uplo: LAPACKFlag, _ n: Int32, _ nrhs: Int32, _ a: Input, _ lda: Int32,
    _ pivots: UnsafePointer<Int32>, _ b: InOut, _ ldb: Int32
  ) -> Int32
  static func syevd(
    _ job: LAPACKFlag, _ uplo: LAPACKFlag, _ n: Int32, _ a: InOut, _ lda: Int32, _ w: InOut,
    _ work: InOut, _ lwork: Int32, _ iwork: Pivots, _ liwork: Int32
  ) -> Int32
  /// Eigenvalues number il...iu (from 1, ascending) and, by job, their vectors.
  static func syevr(
    _ job: LAPACKFlag, _ uplo: LAPACKFlag, _ n: Int32, _ a: InOut, _ lda: Int32, _ il: Int32,
    _ iu: Int32, _ found: Pivots, _ w: InOut, _ z: InOut, _ ldz: Int32, _ support: Pivots,
    _ work: InOut, _ lwork: Int32, _ iwork: Pivots, _ liwork: Int32
  ) -> Int32
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
