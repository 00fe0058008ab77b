/// The penalties that are compared.
enum PenaltyGrid {
  /// Penalties beyond so many are thinned to quantiles: the rule compares all pairs.
  static let maximumCount = 300

  /// Zero and the distinct switch points of the data, ascending: between two of them no label
  /// changes, so no other penalty needs looking at.
  static func ofSwitchPoints(_ switchPoints: [Double]) -> [Double] {
    let distinct = Set(switchPoints.filter { $0 > 0 && $0.isFinite }).sorted()
    guard distinct.count >= maximumCount else { return [0] + distinct }
    let last = Double(distinct.count - 1)
    return [0]
      + (1..<maximumCount).map { index in
        distinct[Int((Double(index) / Double(maximumCount - 1) * last).rounded())]
      }
  }

  /// The report's rows.
  static func table(
    _ penalties: [Double], _ path: PenaltyPath, _ selection: PenaltySelection?
  ) -> [PenaltyRow] {
    penalties.indices.map { index in
      PenaltyRow(
        penalty: penalties[index], psi: selection?.psi[index], phi: selection?.phi[index],
        total: selection?.totals[index], changed: path.changed[index],
        unpooled: path.unpooled[index], objective: path.objectives[index])
    }
  }
}
