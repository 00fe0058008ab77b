import Compute
import LinearAlgebra

/// The normal equations of one factor while the others are held, and their solution.
///
/// With the others fixed the loss is quadratic in each factor: row i of blocks of U solves
/// U_i G_i = A_i* V̄_i with G_i = Σ_j (s_ij s_ijᵀ) ∘ (V_jᵀ V_j); V likewise with the roles swapped;
/// s_ij solves ((U_iᵀ U_i) ∘ (V_jᵀ V_j)) s_ij = diag(U_iᵀ A_ij V_j).
struct FactorEquations<Scalar: Real>: Sendable {
  let grid: BlockGrid
  let rank: Int
  let system: GramSystem<Scalar>

  /// V_jᵀ V_j (or U_iᵀ U_i), each (r × r).
  func grams(_ x: Matrix<Scalar>, ranges: [Range<Int>], in context: ComputeContext)
    -> [Matrix<Scalar>]
  {
    context.parallelMap(ranges.count) { index in
      Matrix<Scalar>(rows: rank, columns: rank) { out in
        guard let base = out.baseAddress else { return }
        let view = MutableMatrixView(base: base, rows: rank, columns: rank, stride: rank)
        x.withView { symmetricProduct($0.rows(ranges[index]).transposed, into: view) }
      }
    }
  }

  /// G = Σ_l (s_l s_lᵀ) ∘ gram_l over the lines of S that belong to one block row (or column).
  func weightedGram(_ s: Matrix<Scalar>, lines: [Int], _ grams: [Matrix<Scalar>]) -> Matrix<Scalar>
  {
    let r = rank
    return Matrix<Scalar>(rows: r, columns: r) { out in
      out.update(repeating: 0)
      s.withElements { s in
        for (index, line) in lines.enumerated() {
          let start = line * r
          grams[index].withElements { gram in
            for a in 0..<r {
              let factor = s[start + a]
              guard factor != 0 else { continue }
              // The lower triangle is all that the factorisation reads.
              for b in 0...a { out[a * r + b] += factor * s[start + b] * gram[a * r + b] }
            }
          }
        }
      }
    }
  }
}
