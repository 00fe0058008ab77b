import LinearAlgebra

/// What a Gram matrix R is divided by so that its eigenvalues do not exceed 1.
struct Normalizer {
  /// ν², the divisor of R; ν divides G.
  let square: Double
  /// σ₁ / ν is at least this.
  let leastRatio: Double

  /// Largest side for which the largest eigenvalue itself is computed.
  static let exactLimit = 512

  init<Work: Real>(
    _ gram: Matrix<Work>, _ normalization: PolarSettings.Normalization
  ) throws(DualizationError) {
    let frobenius = gram.frobeniusNorm
    switch normalization {
    case .frobenius:
      // λ₁ ≤ ‖R‖_F, and λ₁ ≥ Σλ² / Σλ.
      square = frobenius
      leastRatio = min(1, (frobenius / gram.trace).squareRoot())
    case .spectral where gram.rows <= Self.exactLimit:
      let values = try decomposing { () throws(LinearAlgebraError) in
        try SymmetricEigen.values(of: gram)
      }
      square = Double(values.last ?? 1)
      leastRatio = 1
    case .spectral:
      let estimate = 1.01 * PowerIteration.largestEigenvalue(of: gram, steps: 30).squareRoot()
      square = min(estimate * estimate, frobenius)
      leastRatio = 0.99
    }
  }
}

/// The largest eigenvalue of a symmetric positive semidefinite matrix, from below.
enum PowerIteration {
  /// `steps` products from the column with the largest diagonal entry; deterministic.
  static func largestEigenvalue<Work: Real>(of matrix: Matrix<Work>, steps: Int) -> Double {
    let diagonal = matrix.diagonal
    guard let start = diagonal.indices.max(by: { diagonal[$0] < diagonal[$1] }) else { return 0 }
    var vector = matrix.row(start)
    var value = Double(diagonal[start])
    for _ in 0..<steps {
      let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      guard length > 0 else { return 0 }
      let factor = Work(1 / length)
      for i in vector.indices { vector[i] *= factor }
      let next = matrix.times(vector)
      value = max(value, zip(vector, next).reduce(0.0) { $0 + Double($1.0) * Double($1.1) })
      vector = next
    }
    return value
  }
}
