import Compute
import LinearAlgebra

/// What a factor X and its matrix G (of one shape) tell together, in one parallel pass.
///
/// Sums are taken band by band and added in order: the same whatever the threads.
struct PairFigures {
  /// Whether every entry of X is finite; the other figures mean nothing where it is not.
  let isFinite: Bool
  /// ⟨X, G⟩ / 2^exponent.
  let pairing: Double
  /// ‖G‖_F / 2^exponent.
  let frobeniusNorm: Double

  init<Scalar: Real>(
    _ x: Matrix<Scalar>, _ g: Matrix<Scalar>, _ scale: PowerOfTwo, in context: ComputeContext
  ) {
    let bands = RowBands(rows: x.rows, columns: x.columns)
    let (first, second) = scale.down
    let parts = x.withView { x in
      g.withView { g in
        context.parallelMap(bands.count) { band -> (Bool, Double, Double) in
          let (x, g) = (x.rows(bands[band]), g.rows(bands[band]))
          let length = g.frobeniusNorm * first * second
          return (x.isFinite, x.dot(g) * first * second, length * length)
        }
      }
    }
    isFinite = parts.allSatisfy(\.0)
    // Products with the largest entries stay in range unless G is at its very ends.
    pairing =
      abs(scale.exponent) < 900
      ? parts.reduce(0) { $0 + $1.1 } : Matrix<Double>(converting: x).dot(scale.scaledDown(g))
    frobeniusNorm = parts.reduce(0) { $0 + $1.2 }.squareRoot()
  }
}
