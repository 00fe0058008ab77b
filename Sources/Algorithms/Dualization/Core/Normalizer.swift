import Compute
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
    _ gram: Matrix<Work>, _ normalization: PolarSettings.Normalization,
    in context: ComputeContext
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
      let estimate =
        try 1.01
        * PowerIteration.largestEigenvalue(of: gram, steps: 30, in: context).squareRoot()
      square = min(estimate * estimate, frobenius)
      leastRatio = 0.99
    }
  }
}

/// The largest eigenvalue of a symmetric positive semidefinite matrix, from below.
enum PowerIteration {
  /// `steps` products from the column with the largest diagonal entry; deterministic.
  static func largestEigenvalue<Work: Real>(
    of matrix: Matrix<Work>, steps: Int, in context: ComputeContext
  ) throws(DualizationError) -> Double {
    let m = matrix.rows
    return try matrix.withElements { entries throws(DualizationError) -> Double in
      guard m > 0, let base = entries.baseAddress else { return 0 }
      var start = 0
      for i in 0..<m where base[i * (m + 1)] > base[start * (m + 1)] { start = i }
      let view = MatrixView(base: base, rows: m, columns: m, stride: m)
      var value = Double(base[start * (m + 1)])
      var vector = Array(view.row(start))
      var image = vector
      for _ in 0..<steps {
        // A product of a large matrix with a vector takes over 10 ms.
        try context.pause()
        let length = vector.withUnsafeBufferPointer { Self.dot($0, $0) }.squareRoot()
        guard length > 0 else { return 0 }
        Self.divide(&vector, by: length)
        vector.withUnsafeBufferPointer { x in
          image.withUnsafeMutableBufferPointer { y in
            multiply(view, x, into: y)
            value = max(value, Self.dot(x, UnsafeBufferPointer(y)))
          }
        }
        swap(&vector, &image)
      }
      return value
    }
  }

  @specialized(where Work == Float)
  @specialized(where Work == Double)
  private static func dot<Work: Real>(
    _ x: UnsafeBufferPointer<Work>, _ y: UnsafeBufferPointer<Work>
  ) -> Double {
    var sum = 0.0
    for i in x.indices { sum += Double(x[i]) * Double(y[i]) }
    return sum
  }

  @specialized(where Work == Float)
  @specialized(where Work == Double)
  private static func divide<Work: Real>(_ x: inout [Work], by length: Double) {
    for i in x.indices { x[i] = Work(Double(x[i]) / length) }
  }
}
