/// The weight classes of the rounding: level i holds the pages with `6^-i <= UCB < 6^(1-i)`.
public enum RoundingLevel {
  /// Levels 0 … 15; pages below 6^-15 (2e-12) stay in the last, as if they weighed 6^-15.
  public static let count = 16

  static let least: [Double] = {
    var power = 1.0
    return (0..<count).map { _ in
      defer { power *= 6 }
      return 1 / power
    }
  }()

  /// By comparison with the powers, not by a logarithm that may round across one.
  public static func index(of upper: Double) -> Int {
    var i = 0
    while i < count - 1, upper < least[i] { i += 1 }
    return i
  }
}
