import COpenBLAS

/// The double-precision routines of OpenBLAS: names and arguments as in `RealRoutines`, nothing else.
public enum DoubleRoutines: RealRoutines {
  public typealias Scalar = Double

  // CBLAS constants, as in COpenBLAS.h.
  private static func operation(_ transpose: Bool) -> Int32 { transpose ? 112 : 111 }
  private static let rowMajor: Int32 = 101

  public static func gemm(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ alpha: Scalar,
    _ a: Input, _ lda: Int, _ b: Input, _ ldb: Int, _ beta: Scalar, _ c: InOut, _ ldc: Int
  ) {
    cblas_dgemm(
      rowMajor, operation(transposeA), operation(transposeB), Int32(m), Int32(n), Int32(k), alpha,
      a, Int32(lda), b, Int32(ldb), beta, c, Int32(ldc))
  }

  public static func gemv(
    _ transpose: Bool, _ m: Int, _ n: Int, _ alpha: Scalar, _ a: Input, _ lda: Int, _ x: Input,
    _ beta: Scalar, _ y: InOut
  ) {
    cblas_dgemv(
      rowMajor, operation(transpose), Int32(m), Int32(n), alpha, a, Int32(lda), x, 1, beta, y, 1)
  }

  public static func syrk(
    _ transpose: Bool, _ n: Int, _ k: Int, _ alpha: Scalar, _ a: Input, _ lda: Int,
    _ beta: Scalar, _ c: InOut, _ ldc: Int
  ) {
    cblas_dsyrk(
      rowMajor, 122, operation(transpose), Int32(n), Int32(k), alpha, a, Int32(lda), beta, c,
      Int32(ldc))
  }

  public static func trsm(
    _ right: Bool, _ upper: Bool, _ transpose: Bool, _ unitDiagonal: Bool, _ m: Int, _ n: Int,
    _ alpha: Scalar, _ t: Input, _ ldt: Int, _ b: InOut, _ ldb: Int
  ) {
    cblas_dtrsm(
      rowMajor, right ? 142 : 141, upper ? 121 : 122, operation(transpose),
      unitDiagonal ? 132 : 131, Int32(m), Int32(n), alpha, t, Int32(ldt), b, Int32(ldb))
  }

  public static func gesdd(
    _ job: LAPACKFlag, _ m: Int32, _ n: Int32, _ a: InOut, _ lda: Int32, _ s: InOut, _ u: InOut,
    _ ldu: Int32, _ vt: InOut, _ ldvt: Int32, _ work: InOut, _ lwork: Int32, _ iwork: Pivots
  ) -> Int32 {
    var info: Int32 = 0
    dgesdd_(
      [job.rawValue], [m], [n], a, [lda], s, u, [ldu], vt, [ldvt], work, [lwork], iwork, &info, 1)
    return info
  }

  public static func gesvd(
    _ jobU: LAPACKFlag, _ jobVT: LAPACKFlag, _ m: Int32, _ n: Int32, _ a: InOut, _ lda: Int32,
    _ s: InOut, _ u: InOut, _ ldu: Int32, _ vt: InOut, _ ldvt: Int32, _ work: InOut,
    _ lwork: Int32
  ) -> Int32 {
    var info: Int32 = 0
    dgesvd_(
      [jobU.rawValue], [jobVT.rawValue], [m], [n], a, [lda], s, u, [ldu], vt, [ldvt], work,
      [lwork], &info, 1, 1)
    return info
  }

  public static func potrf(
    _ uplo: LAPACKFlag, _ n: Int32, _ a: InOut, _ lda: Int32
  ) -> Int32 {
    // Called for small blocks in loops: no arrays for the arguments.
    var (uplo, n, lda, info) = (uplo.rawValue, n, lda, Int32(0))
    dpotrf_(&uplo, &n, a, &lda, &info, 1)
    return info
  }

  public static func potri(
    _ uplo: LAPACKFlag, _ n: Int32, _ a: InOut, _ lda: Int32
  ) -> Int32 {
    // Called for small blocks in loops: no arrays for the arguments.
    var (uplo, n, lda, info) = (uplo.rawValue, n, lda, Int32(0))
    dpotri_(&uplo, &n, a, &lda, &info, 1)
    return info
  }

  public static func sytrf(
    _ uplo: LAPACKFlag, _ n: Int32, _ a: InOut, _ lda: Int32, _ pivots: Pivots, _ work: InOut,
    _ lwork: Int32
  ) -> Int32 {
    var info: Int32 = 0
    dsytrf_([uplo.rawValue], [n], a, [lda], pivots, work, [lwork], &info, 1)
    return info
  }

  public static func sytrs(
    _ uplo: LAPACKFlag, _ n: Int32, _ nrhs: Int32, _ a: Input, _ lda: Int32,
    _ pivots: UnsafePointer<Int32>, _ b: InOut, _ ldb: Int32
  ) -> Int32 {
    var info: Int32 = 0
    dsytrs_([uplo.rawValue], [n], [nrhs], a, [lda], pivots, b, [ldb], &info, 1)
    return info
  }

  public static func syevd(
    _ job: LAPACKFlag, _ uplo: LAPACKFlag, _ n: Int32, _ a: InOut, _ lda: Int32, _ w: InOut,
    _ work: InOut, _ lwork: Int32, _ iwork: Pivots, _ liwork: Int32
  ) -> Int32 {
    var info: Int32 = 0
    dsyevd_(
      [job.rawValue], [uplo.rawValue], [n], a, [lda], w, work, [lwork], iwork, [liwork], &info, 1,
      1)
    return info
  }

  public static func syevr(
    _ job: LAPACKFlag, _ uplo: LAPACKFlag, _ n: Int32, _ a: InOut, _ lda: Int32, _ il: Int32,
    _ iu: Int32, _ found: Pivots, _ w: InOut, _ z: InOut, _ ldz: Int32, _ support: Pivots,
    _ work: InOut, _ lwork: Int32, _ iwork: Pivots, _ liwork: Int32
  ) -> Int32 {
    var info: Int32 = 0
    dsyevr_(
      [job.rawValue], [LAPACKFlag.indices.rawValue], [uplo.rawValue], [n], a, [lda], [0], [0],
      [il], [iu], [0], found, w, z, [ldz], support, work, [lwork], iwork, [liwork], &info, 1, 1, 1)
    return info
  }
}
