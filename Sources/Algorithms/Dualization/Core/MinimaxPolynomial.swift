/// The odd polynomials of degree 3 and 5 nearest to 1 on an interval, and schedules of them.
///
/// Source: Amsel, Persson, Musco and Gower, "The Polar Express", arXiv 2505.16932, section 3.
public enum MinimaxPolynomial {
  /// Coefficients (c₀, c₁[, c₂]) that minimise max |1 − p(x)| over [`lower`, `upper`].
  ///
  /// - Parameter degree: 3 (closed form) or 5 (Remez on four points).
  public static func coefficients(degree: Int, lower: Double, upper: Double) -> [Double] {
    precondition(degree == 3 || degree == 5, "degree 3 or 5")
    precondition(lower > 0 && lower <= upper, "an interval above zero")
    return degree == 3 ? cubic(lower, upper) : quintic(lower, upper)
  }

  /// Rows for `steps` steps from singular values in [`lower`, 1], each optimal on the interval that
  /// the one before leaves.
  ///
  /// - Parameter stopWithin: ends early once every value is this close to 1.
  public static func schedule(
    degree: Int, lower: Double, steps: Int, stopWithin: Double = 0
  ) -> [[Double]] {
    var rows: [[Double]] = []
    var (low, high) = (lower, 1.0)
    for _ in 0..<steps {
      let row = coefficients(degree: degree, lower: low, upper: high)
      rows.append(row)
      low = min(1, evaluate(row, at: low))
      high = 2 - low
      if 1 - low <= stopWithin { break }
    }
    return rows
  }

  /// p(x) for odd coefficients.
  public static func evaluate(_ coefficients: [Double], at x: Double) -> Double {
    let square = x * x
    return x * coefficients.reversed().reduce(0) { $0 * square + $1 }
  }

  private static func cubic(_ l: Double, _ u: Double) -> [Double] {
    let alpha = (3 / (u * u + l * u + l * l)).squareRoot()
    let beta = 4 / (2 + l * u * (l + u) * alpha * alpha * alpha)
    return [1.5 * alpha * beta, -0.5 * alpha * alpha * alpha * beta]
  }

  private static func quintic(_ l: Double, _ u: Double) -> [Double] {
    // So near 1 the exchange is ill-conditioned and the Taylor polynomial is optimal to rounding.
    if l / u > 1 - 5e-6 {
      return [15.0 / 8 / u, -10.0 / 8 / (u * u * u), 3.0 / 8 / (u * u * u * u * u)]
    }
    var inner = ((3 * l + u) / 4, (l + 3 * u) / 4)
    var row = [0.0, 0, 0]
    var deviation = Double.infinity
    for _ in 0..<100 {
      let solution = exchange([l, inner.0, inner.1, u])
      row = Array(solution[0..<3])
      let previous = deviation
      deviation = solution[3]
      if abs(previous - deviation) <= 1e-15 * abs(deviation) + 1e-17 { break }
      let (a, b, c) = (row[0], row[1], row[2])
      let root = (9 * b * b - 20 * a * c).squareRoot()
      guard root.isFinite, c > 0 else { break }
      let next = (
        ((-3 * b - root) / (10 * c)).squareRoot(), ((-3 * b + root) / (10 * c)).squareRoot()
      )
      guard next.0.isFinite, next.1.isFinite else { break }
      inner = next
    }
    return row
  }

  /// (a, b, c, E) with p(xᵢ) + (−1)ⁱ E = 1 on four points: elimination with partial pivoting.
  private static func exchange(_ points: [Double]) -> [Double] {
    var rows = points.enumerated().map { index, x in
      let square = x * x
      return [x, x * square, x * square * square, index % 2 == 0 ? 1.0 : -1.0, 1.0]
    }
    for column in 0..<4 {
      let pivot = (column..<4).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
      rows.swapAt(column, pivot)
      for row in stride(from: column + 1, to: 4, by: 1) {
        let factor = rows[row][column] / rows[column][column]
        for k in column..<5 { rows[row][k] -= factor * rows[column][k] }
      }
    }
    var solution = [0.0, 0, 0, 0]
    for row in stride(from: 3, through: 0, by: -1) {
      var value = rows[row][4]
      for k in stride(from: row + 1, to: 4, by: 1) { value -= rows[row][k] * solution[k] }
      solution[row] = value / rows[row][row]
    }
    return solution
  }
}
