/// Tolerances of one matrix: the settings', or the defaults for its width and method.
struct Limits {
  let tolerance: Double
  let floor: Double
  let rankTolerance: Double

  /// Floor of the fast (float32) rational iteration: its Gram matrix has lost what lies under
  /// 5e-4 σ₁.
  static let fastFloor = 2e-3

  init(
    _ settings: PolarSettings, _ method: PolarMethod, isDouble: Bool, rows: Int, columns: Int
  ) {
    let isFast = settings.precision == .fast && method == .gramHalley
    tolerance = settings.tolerance ?? (isDouble ? 1e-12 : 1e-6)
    let ordinary = isDouble ? 1e-7 : 1e-6
    floor = settings.floor ?? (isFast ? Self.fastFloor : ordinary)
    rankTolerance =
      settings.rankTolerance
      ?? (isDouble ? Double(max(rows, columns)) * 0x1p-52 : floor)
  }

  func gramHalley(_ settings: PolarSettings) -> GramHalley {
    GramHalley(
      floor: floor, rankTolerance: rankTolerance, tolerance: tolerance,
      maximumSteps: settings.steps, normalization: settings.normalization)
  }
}
