/// Named coefficient schedules of the Newton–Schulz family.
///
/// A step is X ← (c₀ I + c₁ A + c₂ A² + …) X with A = X Xᵀ; a schedule is one row of coefficients
/// per step. Sources: specs of the project, section 2.5 (each row is a published table).
public enum NewtonSchulzSchedule: String, Sendable, CaseIterable {
  /// (3/2, −1/2): equation 15 of the paper; converges for σ < √3.
  case cubic
  /// (15/8, −10/8, 3/8).
  case quintic
  /// (35, −35, 21, −5)/16.
  case degree7
  /// (315, −420, 378, −180, 35)/128.
  case degree9
  /// (3.4445, −4.7750, 2.0315) five times; does not converge, σ ends in about [0.68, 1.20].
  case jordan
  /// Five tuned quintic steps.
  case tuned5
  /// (3, −16/5, 6/5).
  case modula3
  /// Six tuned quintic steps over 1024.
  case modula6
  /// Five quintic steps, Chebyshev-optimal.
  case cans
  /// Eight Jordan steps, then (2, −3/2, 1/2) twice.
  case deepseek
  /// Five tuned cubic steps.
  case cubic5

  /// Whether the one row is meant to be repeated until the tolerance is met.
  public var repeats: Bool {
    switch self {
    case .cubic, .quintic, .degree7, .degree9, .modula3: true
    case .jordan, .tuned5, .modula6, .cans, .deepseek, .cubic5: false
    }
  }

  /// The rows of one pass.
  public var rows: [[Double]] {
    switch self {
    case .cubic: [[1.5, -0.5]]
    case .quintic: [[1.875, -1.25, 0.375]]
    case .degree7: [[35, -35, 21, -5].map { $0 / 16 }]
    case .degree9: [[315, -420, 378, -180, 35].map { $0 / 128 }]
    case .jordan: Array(repeating: Self.jordanRow, count: 5)
    case .tuned5: Self.tunedRows
    case .modula3: [[3, -3.2, 1.2]]
    case .modula6: Self.modulaRows
    case .cans: Self.cansRows
    case .deepseek:
      Array(repeating: Self.jordanRow, count: 8) + Array(repeating: [2, -1.5, 0.5], count: 2)
    case .cubic5:
      [
        [3.3656576, -3.3420992], [2.5744352, -1.4957376], [2.5368962, -1.4312570],
        [2.4418906, -1.2764040], [2.2230472, -0.9630650],
      ]
    }
  }

  /// The rows of `steps` steps: repeated or cut; nil gives one pass (or `most` of a repeating row).
  public func coefficients(steps: Int?, most: Int) -> [[Double]] {
    let rows = rows
    let count = steps ?? (repeats ? most : rows.count)
    // Beyond a tuned table its last row goes on.
    return (0..<count).map { rows[min($0, rows.count - 1)] }
  }

  private static let jordanRow = [3.4445, -4.7750, 2.0315]

  private static let tunedRows = [
    [4.0848, -6.8946, 2.9270], [3.9505, -6.3029, 2.6377], [3.7418, -5.5913, 2.3037],
    [2.8769, -3.1427, 1.2046], [2.8366, -3.0525, 1.2012],
  ]

  private static let modulaRows = [
    [3955.0, -8306, 5008], [3735, -6681, 3463], [3799, -6499, 3211], [4019, -6385, 2906],
    [2677, -3029, 1162], [2172, -1833, 682],
  ].map { $0.map { $0 / 1024 } }

  private static let cansRows = [
    [8.4703, -25.1081, 18.6293], [4.1828, -3.1087, 0.5806], [3.9619, -2.9541, 0.5630],
    [3.2866, -2.4647, 0.5074], [2.2737, -1.6447, 0.4162],
  ]
}
