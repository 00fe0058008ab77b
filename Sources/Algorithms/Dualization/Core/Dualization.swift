// Dualization: the mathematics of modular duality (arXiv 2410.21265, sections 3 to 5).
//
// Purpose: norms, dual norms and duality maps of layers and of whole networks, and the ways to
// compute the polar factor U Vᵀ of a matrix that these rest on.
// Read first: `Atom` (one layer), `PolarSolver` (a matrix to its polar factor, with a report),
// `ModuleTree` (a network and the factors of its atoms).
// Must never import: HTTP, JSON, Jobs, Tensors, or anything that logs.
//
// Letters used throughout:
//   G          the gradient, (rows × columns); m ≤ n its smaller and larger side
//   U Σ Vᵀ     its reduced singular value decomposition; σ₁ its largest singular value
//   X          what is computed, close to U Vᵀ
//   R          a Gram matrix of the smaller side, (m × m)
//   Q          the accumulated symmetric factor with X = Q G, (m × m)
//   l          lower end of the interval in which singular values are promised to lie
