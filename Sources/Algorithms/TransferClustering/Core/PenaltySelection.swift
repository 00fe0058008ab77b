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
    self.init(
      candidates: candidates,
      psi: counts.map { Self.quantile(quantile, of: $0) })
  }

  /// The same from the noise of each candidate.
  init(candidates: [[Int]], psi: [Double]) {
    precondition(candidates.count == psi.count && !psi.isEmpty, "one noise level a candidate")
    self.psi = psi
    let moved = Self.movedLabels(candidates)
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

  /// For each pair i < j of candidates, how many subjects have different labels, `(grid × grid)`.
  ///
  /// A subject's labels along the grid are few runs of equal ones; each pair of runs with different
  /// labels is a rectangle of index pairs, added up by its corners. O(grid · n + grid²) where the
  /// runs are few, as they are for minimisers (at most K).
  static func movedLabels(_ candidates: [[Int]]) -> [Int] {
    let size = candidates.count
    let width = size + 1
    var corners = [Int](repeating: 0, count: width * width)
    for subject in candidates[0].indices {
      var starts = [0]
      for index in 1..<max(size, 1)
      where candidates[index][subject] != candidates[index - 1][subject] { starts.append(index) }
      guard starts.count > 1 else { continue }
      for a in starts.indices {
        let rows = starts[a]..<(a + 1 < starts.count ? starts[a + 1] : size)
        for b in (a + 1)..<max(starts.count, a + 1)
        where candidates[starts[a]][subject] != candidates[starts[b]][subject] {
          let columns = starts[b]..<(b + 1 < starts.count ? starts[b + 1] : size)
          corners[rows.lowerBound * width + columns.lowerBound] += 1
          corners[rows.lowerBound * width + columns.upperBound] -= 1
          corners[rows.upperBound * width + columns.lowerBound] -= 1
          corners[rows.upperBound * width + columns.upperBound] += 1
        }
      }
    }
    var moved = [Int](repeating: 0, count: size * size)
    for row in 0..<size {
      var along = 0
      for column in 0..<size {
        along += corners[row * width + column]
        let above = row > 0 ? moved[(row - 1) * size + column] : 0
        moved[row * size + column] = above + along
      }
    }
    return moved
  }

  /// The q-quantile by linear interpolation between order statistics (numpy's default, type 7).
  static func quantile(_ q: Double, of counts: [Int]) -> Double {
    precondition(!counts.isEmpty, "a quantile of something")
    let sorted = counts.sorted()
    let place = q * Double(sorted.count - 1)
    let below = Int(place)
    guard below + 1 < sorted.count else { return Double(sorted[sorted.count - 1]) }
    let share = place - Double(below)
    return Double(sorted[below]) + share * Double(sorted[below + 1] - sorted[below])
  }
}
