/// A way to the polar factor U Vᵀ of a matrix.
public enum PolarMethod: String, Sendable, CaseIterable {
  /// Chosen by the input's precision: `exact` for float64, `gram-halley` for narrower input.
  case auto
  /// Singular value decomposition in float64.
  case exact
  /// Rational (Zolotarev, of which Halley is one) iteration on the Gram matrix.
  case gramHalley = "gram-halley"
  /// Odd polynomials with given or named coefficients.
  case newtonSchulz = "newton-schulz"
  /// Minimax polynomials made for the matrix's interval of singular values.
  case polarExpress = "polar-express"
  /// (G Gᵀ)^(-1/2) G by coupled Newton iteration.
  case inverseRoot = "inverse-root"
  /// The polar factor of a randomised low-rank approximation.
  case sketch
  /// G / ‖G‖_F: the Euclidean duality map, not the spectral one.
  case frobenius
}
