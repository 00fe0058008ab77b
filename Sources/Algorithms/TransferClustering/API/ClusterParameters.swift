import AlgorithmInterface
import JSON
import TransferClustering

/// The parameters of `cluster`, as published and as read.
enum ClusterParameters {
  static let family: [Parameter] = [
    Parameter(
      "family", .choice(["gmm", "sbm", "lcm"]), default: "gmm",
      "gmm: points (n × d); sbm: a network of the subjects; lcm: categorical items (n × p)"),
    Parameter(
      "covariance", .choice(CovarianceForm.allCases.map(\.rawValue)), default: "full",
      "gmm: the shape of a class"),
    Parameter(
      "likelihood", .choice(NetworkLikelihood.allCases.map(\.rawValue)), default: "full",
      "sbm: edges and non-edges, or edges only"),
    Parameter(
      "categories", .array(of: .integer(1...65_536), count: 1...65_536),
      "lcm: the number of categories of each item; default: the largest code plus one"),
    Parameter(
      "form", .choice(["dense", "edges"]), default: "dense",
      "sbm: a symmetric 0/1 matrix (n × n), or a list of edges (E × 2)"),
    Parameter(
      "nodes", .integer(2...10_000_000),
      "sbm as edges: n; default: the largest node number plus one"),
  ]

  static let schema = ParameterSchema.object([
    Parameter(
      "method", .choice(["atc", "kmeans", "kmedoids"]), default: "atc",
      "atc: the target, helped by the source; kmeans and kmedoids: companions on one input"),
    Parameter(
      "classes",
      .anyOf([.integer(2...1000), .array(of: .integer(2...1000), count: 2...2)]), required: true,
      "K, or [Kmin, Kmax] to choose from"),
    Parameter(
      "criterion", .choice(ClassCriterion.allCases.map(\.rawValue)), default: "bic",
      "what chooses K from a range"),
    Parameter("target", .object(family), "how the target is read"),
    Parameter("source", .object(family), "how the source is read"),
    Parameter(
      "selection", .choice(["bootstrap", "em", "joint", "fixed", "none"]), default: "bootstrap",
      "bootstrap: the paper's rule; em: estimate the mismatch rate (not the paper's, safe with an "
        + "unrelated source); joint: rate and models together (not the paper's); fixed: lambda as "
        + "given; none: the target alone"),
    Parameter("lambda", .number(.nonNegative), "the penalty of selection fixed"),
    Parameter(
      "lambdas", .array(of: .number(.nonNegative), count: 1...2000),
      "the grid of selection bootstrap, ascending; default: the data's own switch points"),
    Parameter(
      "quantile",
      .number(.init(minimum: 0, maximum: 1, excludesMinimum: true, excludesMaximum: true)),
      default: .number(0.9), "of the bootstrap's noise"),
    Parameter("bootstrap", .integer(1...100_000), default: 500, "replicates"),
    Parameter("restarts", .integer(1...1000), default: 10, "independent starts of a fit"),
    Parameter("max_iterations", .integer(1...100_000), default: 100, "of a fit"),
    Parameter(
      "tolerance", .number(.positive),
      "mean log likelihood that ends a fit; default 1e-3 (gmm), 1e-6 (lcm)"),
    Parameter(
      "ridge", .number(.nonNegative), default: .number(1e-6),
      "added to variances, times the mean variance"),
    Parameter(
      "smoothing", .number(.nonNegative), "pseudo-counts; default 0.5 (sbm), 0.01 (lcm)"),
  ])

  /// As many penalties as the data's own switch points are thinned to.
  static let switchPointPenalties = 300
  /// Figures of a bootstrap, a penalty and a replicate each (200 MB).
  static let largestTable = 50_000_000

  /// What a family's parameters are for: those beside it say nothing to it.
  private static let families: [(parameter: String, family: String)] = [
    ("covariance", "gmm"), ("likelihood", "sbm"), ("form", "sbm"), ("nodes", "sbm"),
    ("categories", "lcm"),
  ]

  /// Refuses what another family than `data`'s own takes, unless it is the default and so says
  /// nothing.
  static func checkFamily(of data: String, _ parameters: Parameters) throws(RequestRejection) {
    let family = parameters.string("family") ?? "gmm"
    for (name, owner) in families where owner != family {
      guard let given = parameters[name],
        given != Self.family.first(where: { $0.name == name })?.defaultValue
      else { continue }
      throw RequestRejection(
        ValidationIssue(
          JSONPointer(["params", data, name]), "goes with family \"\(owner)\", not \"\(family)\""))
    }
    if parameters["nodes"] != nil, parameters.string("form") != "edges" {
      throw RequestRejection(
        ValidationIssue(
          JSONPointer(["params", data, "nodes"]), "goes with form \"edges\", not \"dense\""))
    }
  }

  /// K or the range it is chosen from.
  static func classes(_ parameters: Parameters) throws(RequestRejection) -> ClosedRange<Int> {
    if let k = parameters.integer("classes") { return k...k }
    let ends = (parameters.numbers("classes") ?? []).map { Int($0) }
    guard ends.count == 2, ends[0] <= ends[1] else {
      throw RequestRejection(
        .parameter("classes", "expected [Kmin, Kmax] with Kmin ≤ Kmax"))
    }
    return ends[0]...ends[1]
  }

  static func fitOptions(_ parameters: Parameters) -> FitOptions {
    var options = FitOptions()
    options.restarts = parameters.integer("restarts") ?? options.restarts
    options.maximumIterations = parameters.integer("max_iterations") ?? options.maximumIterations
    options.relativeRidge = parameters.number("ridge") ?? options.relativeRidge
    if let tolerance = parameters.number("tolerance") {
      options.mixtureTolerance = tolerance
      options.latentTolerance = tolerance
    }
    if let smoothing = parameters.number("smoothing") {
      options.blockSmoothing = smoothing
      options.latentSmoothing = smoothing
    }
    return options
  }

  static func rule(_ parameters: Parameters) throws(RequestRejection) -> SelectionRule {
    let grid = parameters.numbers("lambdas")
    if let grid, zip(grid, grid.dropFirst()).contains(where: { $0 >= $1 }) {
      throw RequestRejection(
        .parameter("lambdas", "must be ascending, each greater than the one before"))
    }
    let penalty = parameters.number("lambda")
    let selection = parameters.string("selection") ?? "bootstrap"
    if penalty != nil, selection != "fixed" {
      throw RequestRejection(
        .parameter("lambda", "goes with selection \"fixed\", not \"\(selection)\""))
    }
    if grid != nil, selection != "bootstrap" {
      throw RequestRejection(
        .parameter("lambdas", "goes with selection \"bootstrap\", not \"\(selection)\""))
    }
    switch selection {
    case "em": return .mismatchRate
    case "joint": return .joint
    case "none": return .none
    case "fixed":
      guard let penalty else {
        throw RequestRejection(
          .parameter("lambda", "is required with selection \"fixed\": a number of at least 0"))
      }
      return .fixed(penalty)
    default:
      let replicates = parameters.integer("bootstrap") ?? 500
      let penalties = grid?.count ?? switchPointPenalties
      guard replicates * penalties <= largestTable else {
        throw RequestRejection(
          .parameter(
            "bootstrap",
            "\(replicates) replicates at up to \(penalties) penalties; at most \(largestTable) "
              + "figures are kept"))
      }
      return .bootstrap(
        replicates: replicates,
        quantile: parameters.number("quantile") ?? 0.9, grid: grid)
    }
  }
}
