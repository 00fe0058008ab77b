#pragma once
// BLAS and LAPACK of OpenBLAS (LP64 build): the symbols that LinearAlgebra calls, and nothing else.
//
// LAPACK is called through its Fortran symbols: column-major, everything by pointer, and the length
// of each character argument appended by value (the GNU Fortran calling convention). A row-major
// (m x n) matrix is a column-major (n x m) one, so LinearAlgebra passes transposed views.
//
// The library runs with one thread: COpenBLAS.c answers its question for the number of threads.

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// Management -------------------------------------------------------------------------------------

/// Asked by the library while it is loaded; defined here, always 1.
int openblas_num_threads_env(void);
int openblas_get_num_threads(void);
void openblas_set_num_threads(int threads);
int blas_thread_shutdown_(void);
/// Name of the kernels chosen for this processor, such as "Haswell" or "Zen".
char *openblas_get_corename(void);
char *openblas_get_config(void);
/// 1 where processor and system have the registers of 512 bits of AVX-512 (foundation), else 0.
int processor_has_avx512f(void);

// BLAS: order 101 row-major, 102 column-major; transposition 111 no, 112 yes; triangle 121 upper,
// 122 lower; diagonal 131 as it is, 132 ones; side 141 left, 142 right.

void cblas_sgemm(int order, int transa, int transb, int m, int n, int k, float alpha,
                 const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);
void cblas_dgemm(int order, int transa, int transb, int m, int n, int k, double alpha,
                 const double *a, int lda, const double *b, int ldb, double beta, double *c,
                 int ldc);
void cblas_sgemv(int order, int trans, int m, int n, float alpha, const float *a, int lda,
                 const float *x, int incx, float beta, float *y, int incy);
void cblas_dgemv(int order, int trans, int m, int n, double alpha, const double *a, int lda,
                 const double *x, int incx, double beta, double *y, int incy);
void cblas_ssyrk(int order, int uplo, int trans, int n, int k, float alpha, const float *a,
                 int lda, float beta, float *c, int ldc);
void cblas_dsyrk(int order, int uplo, int trans, int n, int k, double alpha, const double *a,
                 int lda, double beta, double *c, int ldc);
void cblas_strmm(int order, int side, int uplo, int trans, int diag, int m, int n, float alpha,
                 const float *a, int lda, float *b, int ldb);
void cblas_strsm(int order, int side, int uplo, int trans, int diag, int m, int n, float alpha,
                 const float *a, int lda, float *b, int ldb);
void cblas_dtrmm(int order, int side, int uplo, int trans, int diag, int m, int n, double alpha,
                 const double *a, int lda, double *b, int ldb);
void cblas_dtrsm(int order, int side, int uplo, int trans, int diag, int m, int n, double alpha,
                 const double *a, int lda, double *b, int ldb);

// LAPACK: `l1` ... are the lengths of the character arguments, 1 each.

void sgesdd_(const char *jobz, const int *m, const int *n, float *a, const int *lda, float *s,
             float *u, const int *ldu, float *vt, const int *ldvt, float *work, const int *lwork,
             int *iwork, int *info, size_t l1);
void dgesdd_(const char *jobz, const int *m, const int *n, double *a, const int *lda, double *s,
             double *u, const int *ldu, double *vt, const int *ldvt, double *work,
             const int *lwork, int *iwork, int *info, size_t l1);
void sgesvd_(const char *jobu, const char *jobvt, const int *m, const int *n, float *a,
             const int *lda, float *s, float *u, const int *ldu, float *vt, const int *ldvt,
             float *work, const int *lwork, int *info, size_t l1, size_t l2);
void dgesvd_(const char *jobu, const char *jobvt, const int *m, const int *n, double *a,
             const int *lda, double *s, double *u, const int *ldu, double *vt, const int *ldvt,
             double *work, const int *lwork, int *info, size_t l1, size_t l2);

void spotrf_(const char *uplo, const int *n, float *a, const int *lda, int *info, size_t l1);
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t l1);
void spotri_(const char *uplo, const int *n, float *a, const int *lda, int *info, size_t l1);
void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t l1);

void ssytrf_(const char *uplo, const int *n, float *a, const int *lda, int *ipiv, float *work,
             const int *lwork, int *info, size_t l1);
void dsytrf_(const char *uplo, const int *n, double *a, const int *lda, int *ipiv, double *work,
             const int *lwork, int *info, size_t l1);
void ssytrs_(const char *uplo, const int *n, const int *nrhs, const float *a, const int *lda,
             const int *ipiv, float *b, const int *ldb, int *info, size_t l1);
void dsytrs_(const char *uplo, const int *n, const int *nrhs, const double *a, const int *lda,
             const int *ipiv, double *b, const int *ldb, int *info, size_t l1);

void ssyevd_(const char *jobz, const char *uplo, const int *n, float *a, const int *lda, float *w,
             float *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t l1,
             size_t l2);
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda,
             double *w, double *work, const int *lwork, int *iwork, const int *liwork, int *info,
             size_t l1, size_t l2);
void ssyevr_(const char *jobz, const char *range, const char *uplo, const int *n, float *a,
             const int *lda, const float *vl, const float *vu, const int *il, const int *iu,
             const float *abstol, int *m, float *w, float *z, const int *ldz, int *isuppz,
             float *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t l1,
             size_t l2, size_t l3);
void dsyevr_(const char *jobz, const char *range, const char *uplo, const int *n, double *a,
             const int *lda, const double *vl, const double *vu, const int *il, const int *iu,
             const double *abstol, int *m, double *w, double *z, const int *ldz, int *isuppz,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t l1,
             size_t l2, size_t l3);

#ifdef __cplusplus
}
#endif
