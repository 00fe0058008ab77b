import LinearAlgebra
import Testing

struct Shape: Sendable, CustomTestStringConvertible {
  let rows: Int
  let columns: Int
  var testDescription: String { "\(rows) × \(columns)" }

  static let all = [
    (0, 0), (0, 4), (4, 0), (1, 1), (1, 6), (6, 1), (2, 2), (5, 5), (7, 3), (3, 7), (33, 33),
    (64, 64), (65, 64), (64, 65), (100, 9), (9, 100), (130, 70), (70, 130),
  ].map { Shape(rows: $0.0, columns: $0.1) }
}

/// Orders of square matrices: 0, 1, odd, and around the blocks of 64 and 128.
let orders = [0, 1, 2, 3, 8, 17, 63, 64, 65, 128, 129, 150, 200]

/// Bound for a backward stable factorisation: p·eps·norm with p = 10·(m + n), which is what the
/// constants of Householder methods come to in practice (Higham, chapter 19).
func stableBound<S: Real>(_ shape: Shape, _ norm: Double, _ type: S.Type) -> Double {
  10 * Double(shape.rows + shape.columns + 1) * Double(S.ulpOfOne) * norm
}
