import Glibc

/// How well two labellings of the same subjects agree.
///
/// Classes have no names of their own, so all figures are the same under any renaming.
public struct LabelComparison: Sendable, Equatable {
  /// Subjects whose labels differ after the best renaming (least by assignment, O(K³)).
  public let errors: Int
  /// Class k of the first labelling is class `names[k]` of the second under that renaming.
  public let names: [Int]
  /// Adjusted Rand index (Hubert and Arabie 1985): 1 for equal partitions, 0 by chance.
  public let adjustedRandIndex: Double
  /// Mutual information over the arithmetic mean of the entropies, 0...1.
  public let normalizedMutualInformation: Double
  /// The same, adjusted for chance (Vinh, Epps and Bailey 2010), arithmetic mean.
  public let adjustedMutualInformation: Double

  /// Compares two labellings with labels in `0..<classes`.
  ///
  /// - Complexity: O(n + K³ + K · n) for n subjects (the last for the expected information).
  public init(_ labels: [Int], _ reference: [Int], classes: Int) {
    precondition(labels.count == reference.count, "both label the same subjects")
    let table = ContingencyTable(labels, reference, classes: classes)
    names = table.bestNames()
    errors = labels.count - table.agreements(under: names)
    let rows = table.rowSums
    let columns = table.columnSums
    adjustedRandIndex = Self.adjustedRand(table, rows, columns, count: labels.count)
    let information = Self.mutualInformation(table, rows, columns, count: labels.count)
    let entropies = (Self.entropy(rows), Self.entropy(columns))
    let mean = (entropies.0 + entropies.1) / 2
    let used = (rows.count { $0 > 0 }, columns.count { $0 > 0 })
    if (used.0 <= 1 && used.1 <= 1) || (used.0 == labels.count && used.1 == labels.count) {
      // Both put everyone together, or everyone apart: the same partition.
      normalizedMutualInformation = 1
      adjustedMutualInformation = 1
    } else {
      normalizedMutualInformation = mean > 0 ? max(information, 0) / mean : 0
      let expected = Self.expectedInformation(rows, columns, count: labels.count)
      // Kept away from zero as the two figures are when the labellings are almost all alike.
      var scale = mean - expected
      scale = scale < 0 ? min(scale, -Double.ulpOfOne) : max(scale, Double.ulpOfOne)
      adjustedMutualInformation = (information - expected) / scale
    }
  }

  /// The labels under the renaming.
  public func renamed(_ labels: [Int]) -> [Int] { labels.map { names[$0] } }

  private static func pairs(_ count: Int) -> Double { Double(count) * Double(count - 1) / 2 }

  private static func adjustedRand(
    _ table: ContingencyTable, _ rows: [Int], _ columns: [Int], count: Int
  ) -> Double {
    let together = table.counts.reduce(0) { $0 + pairs($1) }
    let first = rows.reduce(0) { $0 + pairs($1) }
    let second = columns.reduce(0) { $0 + pairs($1) }
    let all = pairs(count)
    guard all > 0 else { return 1 }
    let expected = first * second / all
    let largest = (first + second) / 2
    return largest == expected ? 1 : (together - expected) / (largest - expected)
  }

  /// Σ n_ij/n · ln(n n_ij / (a_i b_j)), in nats.
  private static func mutualInformation(
    _ table: ContingencyTable, _ rows: [Int], _ columns: [Int], count: Int
  ) -> Double {
    let total = Double(count)
    var sum = 0.0
    for row in rows.indices {
      for column in columns.indices {
        let both = table.counts[row * columns.count + column]
        guard both > 0 else { continue }
        let share = Double(both) / total
        sum += share * log(share * total * total / (Double(rows[row]) * Double(columns[column])))
      }
    }
    return sum
  }

  private static func entropy(_ sums: [Int]) -> Double {
    let total = Double(sums.reduce(0, +))
    return sums.filter { $0 > 0 }.reduce(0) { sum, count in
      sum - Double(count) / total * log(Double(count) / total)
    }
  }

  /// The mutual information of two random labellings with the same class sizes: the counts are
  /// hypergeometric (Vinh, Epps and Bailey 2010, equation 24a).
  private static func expectedInformation(
    _ rows: [Int], _ columns: [Int], count: Int
  ) -> Double {
    let total = Double(count)
    // ln 0!, ln 1! … ln n!
    let logFactorial: [Double] = (0...count).map { number -> Double in lgamma(Double(number) + 1) }
    var sum = 0.0
    for a in rows where a > 0 {
      for b in columns where b > 0 {
        let least = max(1, a + b - count)
        let most = min(a, b)
        guard least <= most else { continue }
        let fixed =
          logFactorial[a] + logFactorial[b] + logFactorial[count - a] + logFactorial[count - b]
          - logFactorial[count]
        for both in least...most {
          let share = Double(both) / total
          let information = share * log(total * Double(both) / (Double(a) * Double(b)))
          let logProbability =
            fixed - logFactorial[both] - logFactorial[a - both] - logFactorial[b - both]
            - logFactorial[count - a - b + both]
          sum += information * exp(logProbability)
        }
      }
    }
    return sum
  }
}
