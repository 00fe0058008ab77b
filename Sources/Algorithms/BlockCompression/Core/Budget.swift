/// What may be spent on a matrix. All shares are shares of parameters kept.
public enum Budget: Sendable, Equatable {
  case rank(Int)
  /// Share of the m·n parameters that is kept, (0, 1].
  case keep(Double)
  case maximumParameters(Int)
  /// The smallest rank whose relative error is at most this.
  case targetError(Double)

  /// The rank that the budget pays for; `nil` for a target error, which has to be searched.
  ///
  /// ⌊⌊keep·m·n⌋/(m + n + b1·b2)⌋, the product taken as exactly as the decimal share is meant.
  /// - Throws: `budgetTooSmall` where that is 0.
  public func rank(on grid: BlockGrid) throws(BlockCompressionError) -> Int? {
    switch self {
    case .rank(let rank): return rank
    case .targetError: return nil
    case .keep(let share):
      return try Self.rank(
        forParameters: Self.parameters(keeping: share, of: grid.denseParameters), on: grid)
    case .maximumParameters(let count):
      return try Self.rank(forParameters: count, on: grid)
    }
  }

  /// ⌊share·count⌋ with a share such as 0.3 taken as the decimal it stands for: a product that lies
  /// within rounding below a whole number counts as that number.
  public static func parameters(keeping share: Double, of count: Int) -> Int {
    let product = share * Double(count)
    let nearest = product.rounded()
    return Int(abs(product - nearest) <= 4 * product.ulp ? nearest : product.rounded(.down))
  }

  /// 1 - share, again as a decimal: 1 - 0.9 is 0.1, which it is not in binary.
  public static func remainder(of share: Double) -> Double {
    ((1 - share) * 1e15).rounded() / 1e15
  }

  static func rank(
    forParameters budget: Int, on grid: BlockGrid
  ) throws(BlockCompressionError) -> Int {
    let rank = budget / grid.parametersPerRank
    guard rank >= 1 else {
      throw .budgetTooSmall(
        budget: budget, parametersPerRank: grid.parametersPerRank,
        smallestKeep: Double(grid.parametersPerRank) / Double(grid.denseParameters))
    }
    return rank
  }
}
