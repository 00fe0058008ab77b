/// The choice of λ by the Goldenshluger–Lepski rule over bootstrap counts (arXiv 2410.21263).
///
/// With D[j][b] the number of labels of replicate b that differ from its pooled ones at λ_j (in the
/// replicates no label of the two data sets differs, so every such difference is noise):
///
///     ψ_j = q-quantile over b of D[j][b]
///     φ_j = max_{i<j} max(0, #{z(λ_j) ≠ z(λ_i)} - ψ_i),  φ_0 = 0
///
/// and the chosen j is the first that minimises φ_j + ψ_j.
public struct PenaltySelection: Sendable, Equatable {
  /// The noise of a candidate.
  public let psi: [Double]
  /// The bias of a candidate against all smaller ones.
  public let phi: [Double]
  /// The first index of the least ψ + φ.
  public let chosen: Int

  /// ψ + φ.
  public var totals: [Double] { zip(psi, phi).map { $0 + $1 } }

  /// - Parameters:
  ///   - candidates: the data's target labels for each λ of the grid, in the grid's order.
  ///   - counts: for each λ of the grid the differences in each replicate, `(grid × B)`.
  ///   - quantile: q in (0, 1).
  /// - Complexity: O(grid² · n + grid · B log B).
  public init(candidates: [[Int]], counts: [[Int]], quantile: Double) {
    var moves = LabelMoves(grid: candidates.count)
    for subject in candidates.first?.indices ?? 0..<0 {
      moves.add { candidates[$0][subject] }
    }
    self.init(
      moved: moves.counts, psi: counts.map { Self.quantile(quantile, of: $0.map { Int32($0) }) })
  }

  /// The same from the noise of each candidate.
  ///
  /// - Parameter moved: for each pair i < j of candidates, how many subjects have different labels,
  ///   `(grid × grid)`.
  init(moved: [Int], psi: [Double]) {
    precondition(moved.count == psi.count * psi.count && !psi.isEmpty, "one noise a candidate")
    self.psi = psi
    var phi = [Double](repeating: 0, count: psi.count)
    for later in psi.indices {
      for earlier in 0..<later {
        phi[later] = max(phi[later], Double(moved[earlier * psi.count + later]) - psi[earlier])
      }
    }
    self.phi = phi
    var best = 0
    for index in psi.indices where psi[index] + phi[index] < psi[best] + phi[best] { best = index }
    chosen = best
  }

  /// The q-quantile by linear interpolation between order statistics (numpy's default, type 7).
  static func quantile(_ q: Double, of counts: [Int32]) -> Double {
    precondition(!counts.isEmpty, "a quantile of something")
    let sorted = counts.sorted()
    let place = q * Double(sorted.count - 1)
    let below = Int(place)
    guard below + 1 < sorted.count else { return Double(sorted[sorted.count - 1]) }
    let share = place - Double(below)
    return Double(sorted[below]) + share * Double(sorted[below + 1] - sorted[below])
  }
}
