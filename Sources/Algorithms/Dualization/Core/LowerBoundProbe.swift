import Compute
import LinearAlgebra

/// A proven lower bound of the singular values, from the Gram matrix alone.
///
/// R − θ² I has a Cholesky factor exactly when every eigenvalue is above θ² (to rounding), so the
/// largest θ of the list that passes is a bound. m³/3 flops a trial, less where it fails early.
enum LowerBoundProbe {
  /// - Parameter candidates: descending, relative to the Gram matrix's scale of 1.
  /// - Returns: the first candidate that holds; nil when none does.
  static func bound<Work: Real>(
    of gram: Matrix<Work>, candidates: [Double], in context: ComputeContext
  ) throws(DualizationError) -> Double? {
    for candidate in candidates {
      try context.pause(0.1)
      var shifted = gram
      shifted.addToDiagonal(Work(-candidate * candidate))
      let holds = try stoppable { () throws(ComputationStopped) in
        try shifted.withMutableView { view throws(ComputationStopped) in
          try isPositiveDefinite(view, in: context)
        }
      }
      if holds { return candidate }
    }
    return nil
  }
}
