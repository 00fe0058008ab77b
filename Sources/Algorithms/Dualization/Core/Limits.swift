/// Tolerances of one matrix: the settings', or the defaults for its width and method.
public struct Limits: Sendable, Equatable {
  public let tolerance: Double
  public let floor: Double
  public let rankTolerance: Double
  /// What a matrix is cut at. A direction within 2⁻²⁶ σ₁ of a float32 input's tolerance is kept: the
  /// rounding of the entries moves singular values by up to that, and an input of condition 1e6 is
  /// not to lose a direction to it.
  var cut: Double { isDouble ? rankTolerance : max(rankTolerance - 0x1p-26, rankTolerance / 2) }

  private let isDouble: Bool

  /// Floor of the fast (float32) rational iteration: its Gram matrix has lost what lies under
  /// 5e-4 σ₁.
  private static let fastFloor = 2e-3

  init(
    _ settings: PolarSettings, _ method: PolarMethod, isDouble: Bool, rows: Int, columns: Int
  ) {
    let isFast = settings.precision == .fast && method == .gramHalley
    self.isDouble = isDouble
    tolerance = settings.tolerance ?? (isDouble ? 1e-12 : 1e-6)
    let ordinary = isDouble ? 1e-7 : 1e-6
    floor = settings.floor ?? (isFast ? Self.fastFloor : ordinary)
    rankTolerance =
      settings.rankTolerance
      ?? (isDouble ? Double(max(rows, columns)) * 0x1p-52 : floor)
  }

  func gramHalley(_ settings: PolarSettings) -> GramHalley {
    GramHalley(
      floor: floor, rankTolerance: cut, tolerance: tolerance,
      maximumSteps: settings.steps, normalization: settings.normalization)
  }
}

extension PolarSettings {
  /// The tolerances that hold for a matrix of this width and shape.
  public func defaults(isDouble: Bool, rows: Int, columns: Int) -> Limits {
    Limits(
      self, PolarSolver.choice(self, isDouble: isDouble).method, isDouble: isDouble, rows: rows,
      columns: columns)
  }
}
