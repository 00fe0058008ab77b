/// How the routines are called, in the conventions of those libraries.
///
/// BLAS is row-major here, LAPACK column-major (so row-major callers pass transposed views).
/// Dimensions are 32-bit. `work` of length `lwork` -1 asks for the best length, returned in
/// `work[0]`. Each LAPACK routine returns `info`: 0 done, negative: the argument of that number is
/// wrong, positive: as the routine's own page says.
extension RealRoutines {
  // CBLAS constants, as in COpenBLAS.h.
  private static func operation(_ transpose: Bool) -> Int32 { transpose ? 112 : 111 }
  private static var rowMajor: Int32 { 101 }

  /// C (m × n) ← alpha·op(A)·op(B) + beta·C, inner dimension k.
  static func gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ alpha: Scalar,
    _ a: Input, _ lda: Int, _ b: Input, _ ldb: Int, _ beta: Scalar, _ c: InOut, _ ldc: Int
  ) {
    cblasGemm(
      rowMajor, operation(transposeA), operation(transposeB), Int32(m), Int32(n), Int32(k), alpha,
      a, Int32(lda), b, Int32(ldb), beta, c, Int32(ldc))
  }

  /// y ← alpha·op(A)·x + beta·y, A (m × n).
  static func gemv(
    _ transpose: Bool, _ m: Int, _ n: Int, _ alpha: Scalar, _ a: Input, _ lda: Int, _ x: Input,
    _ beta: Scalar, _ y: InOut
  ) {
    cblasGemv(
      rowMajor, operation(transpose), Int32(m), Int32(n), alpha, a, Int32(lda), x, 1, beta, y, 1)
  }

  /// Lower triangle of C (n × n) ← alpha·A·Aᵀ + beta·C, or Aᵀ·A when `transpose`.
  static func syrk(
    _ transpose: Bool, _ n: Int, _ k: Int, _ alpha: Scalar, _ a: Input, _ lda: Int,
    _ beta: Scalar, _ c: InOut, _ ldc: Int
  ) {
    cblasSyrk(
      rowMajor, 122, operation(transpose), Int32(n), Int32(k), alpha, a, Int32(lda), beta, c,
      Int32(ldc))
  }

  /// B (m × n) ← alpha·op(T)·B, or alpha·B·op(T) when `right`; T triangular.
  static func trmm(
    _ right: Bool, _ upper: Bool, _ transpose: Bool, _ m: Int, _ n: Int, _ alpha: Scalar,
    _ t: Input, _ ldt: Int, _ b: InOut, _ ldb: Int
  ) {
    cblasTrmm(
      rowMajor, right ? 142 : 141, upper ? 121 : 122, operation(transpose), 131, Int32(m),
      Int32(n), alpha, t, Int32(ldt), b, Int32(ldb))
  }

  /// B (m × n) ← alpha·op(T)⁻¹·B, or alpha·B·op(T)⁻¹ when `right`; T triangular.
  static func trsm(
    _ right: Bool, _ upper: Bool, _ transpose: Bool, _ unitDiagonal: Bool, _ m: Int, _ n: Int,
    _ alpha: Scalar, _ t: Input, _ ldt: Int, _ b: InOut, _ ldb: Int
  ) {
    cblasTrsm(
      rowMajor, right ? 142 : 141, upper ? 121 : 122, operation(transpose),
      unitDiagonal ? 132 : 131, Int32(m), Int32(n), alpha, t, Int32(ldt), b, Int32(ldb))
  }

  static func gesdd(
    _ job: LAPACKFlag, _ m: Int32, _ n: Int32, _ a: InOut, _ lda: Int32, _ s: InOut, _ u: InOut,
    _ ldu: Int32, _ vt: InOut, _ ldvt: Int32, _ work: InOut, _ lwork: Int32, _ iwork: Pivots
  ) -> Int32 {
    var info: Int32 = 0
    lapackGesdd(
      [job.rawValue], [m], [n], a, [lda], s, u, [ldu], vt, [ldvt], work, [lwork], iwork, &info, 1)
    return info
  }

  static func gesvd(
    _ jobU: LAPACKFlag, _ jobVT: LAPACKFlag, _ m: Int32, _ n: Int32, _ a: InOut, _ lda: Int32,
    _ s: InOut, _ u: InOut, _ ldu: Int32, _ vt: InOut, _ ldvt: Int32, _ work: InOut,
    _ lwork: Int32
  ) -> Int32 {
    var info: Int32 = 0
    lapackGesvd(
      [jobU.rawValue], [jobVT.rawValue], [m], [n], a, [lda], s, u, [ldu], vt, [ldvt], work,
      [lwork], &info, 1, 1)
    return info
  }

  static func potrf(
    _ uplo: LAPACKFlag, _ n: Int32, _ a: InOut, _ lda: Int32
  ) -> Int32 {
    // Called for small blocks in loops: no arrays for the arguments.
    var (uplo, n, lda, info) = (uplo.rawValue, n, lda, Int32(0))
    lapackPotrf(&uplo, &n, a, &lda, &info, 1)
    return info
  }

  static func potri(
    _ uplo: LAPACKFlag, _ n: Int32, _ a: InOut, _ lda: Int32
  ) -> Int32 {
    // Called for small blocks in loops: no arrays for the arguments.
    var (uplo, n, lda, info) = (uplo.rawValue, n, lda, Int32(0))
    lapackPotri(&uplo, &n, a, &lda, &info, 1)
    return info
  }

  static func sytrf(
    _ uplo: LAPACKFlag, _ n: Int32, _ a: InOut, _ lda: Int32, _ pivots: Pivots, _ work: InOut,
    _ lwork: Int32
  ) -> Int32 {
    var info: Int32 = 0
    lapackSytrf([uplo.rawValue], [n], a, [lda], pivots, work, [lwork], &info, 1)
    return info
  }

  static func sytrs(
    _ uplo: LAPACKFlag, _ n: Int32, _ nrhs: Int32, _ a: Input, _ lda: Int32,
    _ pivots: UnsafePointer<Int32>, _ b: InOut, _ ldb: Int32
  ) -> Int32 {
    var info: Int32 = 0
    lapackSytrs([uplo.rawValue], [n], [nrhs], a, [lda], pivots, b, [ldb], &info, 1)
    return info
  }

  static func syevd(
    _ job: LAPACKFlag, _ uplo: LAPACKFlag, _ n: Int32, _ a: InOut, _ lda: Int32, _ w: InOut,
    _ work: InOut, _ lwork: Int32, _ iwork: Pivots, _ liwork: Int32
  ) -> Int32 {
    var info: Int32 = 0
    lapackSyevd(
      [job.rawValue], [uplo.rawValue], [n], a, [lda], w, work, [lwork], iwork, [liwork], &info, 1,
      1)
    return info
  }

  /// Eigenvalues number il...iu (from 1, ascending) and, by job, their vectors.
  static func syevr(
    _ job: LAPACKFlag, _ uplo: LAPACKFlag, _ n: Int32, _ a: InOut, _ lda: Int32, _ il: Int32,
    _ iu: Int32, _ found: Pivots, _ w: InOut, _ z: InOut, _ ldz: Int32, _ support: Pivots,
    _ work: InOut, _ lwork: Int32, _ iwork: Pivots, _ liwork: Int32
  ) -> Int32 {
    var info: Int32 = 0
    lapackSyevr(
      [job.rawValue], [LAPACKFlag.indices.rawValue], [uplo.rawValue], [n], a, [lda], [0], [0],
      [il], [iu], [0], found, w, z, [ldz], support, work, [lwork], iwork, [liwork], &info, 1, 1, 1)
    return info
  }
}
