// LinearAlgebra: dense row-major matrices over OpenBLAS and LAPACK, single and double precision.
// Read first: `Matrix` (the value), `MatrixView` (blocks of it without copies), `Products.swift`.
//
// Letters: m rows, n columns, k the inner or the smaller dimension; "row-major with stride s": entry
// (i, j) is at i·s + j.
//
// Kept here: a product is cut into tiles by its shape alone, with or without threads, so bytes
// never depend on who computes them; one BLAS or LAPACK call runs on one thread. Shapes that do not
// fit are a programmer's mistake (precondition); what depends on the numbers is thrown. Must never
// import anything of ours but Compute and COpenBLAS.
