import AlgorithmInterface
import BlockCompression
import JSON

/// The parameters of `blast`, as published and as read.
enum BlastParameters {
  static let budgets = ["rank", "keep", "compression", "max_parameters", "target_error"]

  /// What may differ from matrix to matrix.
  private static let perMatrix: [Parameter] = [
    Parameter(
      "blocks",
      .anyOf([
        .integer(1...65_536), .array(of: .integer(1...65_536), count: 2...2), .choice(["auto"]),
      ]), "b, [b1, b2], or auto: a few grids are tried; default auto"),
    Parameter("rank", .integer(1...1_000_000), "r"),
    Parameter(
      "keep", .number(.init(minimum: 0, maximum: 1, excludesMinimum: true)),
      "share of the parameters that is kept"),
    Parameter(
      "compression", .number(.init(minimum: 0, maximum: 1, excludesMaximum: true)),
      "1 - keep: share of the parameters that is removed"),
    Parameter("max_parameters", .integer(1...Int.max), "parameters at most"),
    Parameter(
      "target_error", .number(.init(minimum: 0, maximum: 1, excludesMinimum: true)),
      "relative error to reach at the smallest rank"),
  ]

  static let schema = ParameterSchema.object(
    [
      Parameter(
        "operation", .choice(["compress", "multiply", "reconstruct", "report"]),
        default: "compress", "what to do")
    ] + perMatrix + [
      Parameter(
        "budget", .choice(["even", "global"]), default: "even",
        "several matrices: each its own share, or one budget spread by error"),
      Parameter("method", .choice(["als", "precgd", "gd"]), default: "als", "the solver"),
      Parameter("starts", .integer(1...64), default: 1, "the SVD and so many minus one random"),
      Parameter(
        "max_sweeps", .integer(1...100_000), default: 200, "sweeps or iterations at most"),
      Parameter(
        "tolerance", .number(.nonNegative), default: .number(1e-3),
        "relative fall of the squared error over ten sweeps that ends the fit"),
      Parameter("extrapolate", .boolean, default: true, "als: steps beyond the exact solution"),
      Parameter(
        "ridge", .number(.nonNegative),
        "als: relative to each system's diagonal; default 3e-6 (F32), 1e-10 (F64)"),
      Parameter(
        "step", .anyOf([.number(.positive), .choice(["auto"])]),
        "gradient methods: first step; default 1 (precgd), auto (gd)"),
      Parameter(
        "end_factor", .number(.init(minimum: 0, maximum: 1)), default: 0,
        "gradient methods: share of the step at the end"),
      Parameter("delta", .number(.nonNegative), default: .number(0.1), "precgd: damping"),
      Parameter(
        "gradient_scale", .integer(1...2), default: 1, "1 for half the squared error, 2 for all"),
      Parameter(
        "structure", .choice(["blast"] + ComparisonStructure.allCases.map(\.rawValue)),
        default: "blast", "blast, or another structure in closed form for comparison"),
      Parameter("refit", .boolean, "solve U once more under the covariance; default true with one"),
      Parameter("whitening", .choice(["none", "block"]), default: "none", "before the fit"),
      Parameter("trace", .boolean, default: false, "report the error after each sweep"),
      Parameter("transpose", .boolean, default: false, "multiply: by the transposed matrix"),
      Parameter(
        "dtype", .choice(["F64", "F32", "F16", "BF16"]), "of the outputs; default the input's"),
      Parameter(
        "rules",
        .array(
          of: .object(
            [Parameter("match", .string(maximumLength: 1000), required: true, "a glob")]
              + perMatrix + [Parameter("skip", .boolean, default: false, "leave it out")]),
          count: 0...10_000),
        "several matrices: the first rule that matches a name holds over the request's own members"),
    ])

  /// The members that hold for one matrix, and where they come from.
  struct Choice {
    var members: Parameters
    var pointer: JSONPointer
    /// A rule leaves it out.
    var isSkipped = false
    /// Whether there are rules, and none of them matches.
    var isUnmatched = false
    /// Whether its rule says what may be spent on it.
    var hasOwnBudget = false
  }

  static func hasBudget(_ members: Parameters) -> Bool {
    budgets.contains { members[$0] != nil }
  }

  /// The members for one matrix: the request's under those of the first rule that matches.
  static func members(for name: String, in parameters: Parameters) -> Choice {
    let root = JSONPointer.root.appending("params")
    let rules = parameters.list("rules") ?? []
    for (index, value) in rules.enumerated() {
      guard let rule = value.objectValue, let pattern = rule["match"]?.stringValue,
        GlobPattern(pattern).matches(name)
      else { continue }
      var merged = parameters.members
      let isOwn = hasBudget(Parameters(rule))
      // A rule's budget replaces the request's, whatever form either has.
      if isOwn { for key in budgets { merged[key] = nil } }
      for (key, member) in rule { merged[key] = member }
      return Choice(
        members: Parameters(merged), pointer: root.appending("rules").appending(index),
        isSkipped: rule["skip"]?.boolValue ?? false, hasOwnBudget: isOwn)
    }
    return Choice(members: parameters, pointer: root, isUnmatched: !rules.isEmpty)
  }

  /// The one budget given.
  static func budget(
    _ members: Parameters, at pointer: JSONPointer
  ) throws(RequestRejection) -> Budget {
    let given = budgets.filter { members[$0] != nil }
    guard given.count == 1 else {
      let words = budgets.joined(separator: ", ")
      throw RequestRejection(
        ValidationIssue(
          given.count > 1 ? pointer.appending(given[1]) : pointer.appending("rank"),
          given.isEmpty
            ? "no budget: give exactly one of \(words)"
            : "give exactly one of \(words), not \(given.joined(separator: " and "))"))
    }
    switch given[0] {
    case "rank": return .rank(members.integer("rank") ?? 1)
    case "keep": return .keep(members.number("keep") ?? 1)
    case "compression":
      return .keep(Budget.remainder(of: members.number("compression") ?? 0))
    case "max_parameters": return .maximumParameters(members.integer("max_parameters") ?? 1)
    default: return .targetError(members.number("target_error") ?? 1)
    }
  }

  static func blocks(_ members: Parameters) -> (rows: Int, columns: Int)? {
    if let b = members.integer("blocks") { return (b, b) }
    let sides = (members.numbers("blocks") ?? []).map { Int($0) }
    return sides.count == 2 ? (sides[0], sides[1]) : nil
  }

  static func method(_ parameters: Parameters) -> Method {
    let sweeps = parameters.integer("max_sweeps") ?? 200
    let name = parameters.string("method") ?? "als"
    guard name != "als" else {
      var options = SolverOptions()
      options.maximumSweeps = sweeps
      options.tolerance = parameters.number("tolerance") ?? options.tolerance
      options.extrapolates = parameters.boolean("extrapolate") ?? true
      options.ridge = parameters.number("ridge")
      return .alternating(options)
    }
    var options = DescentOptions()
    options.iterations = sweeps
    options.isPreconditioned = name == "precgd"
    options.step = parameters.number("step") ?? (name == "precgd" ? 1 : nil)
    if parameters.string("step") == "auto" { options.step = name == "precgd" ? 1 : nil }
    options.endFactor = parameters.number("end_factor") ?? 0
    options.damping = parameters.number("delta") ?? 0.1
    options.gradientScale = Double(parameters.integer("gradient_scale") ?? 1)
    return .gradient(options)
  }
}
