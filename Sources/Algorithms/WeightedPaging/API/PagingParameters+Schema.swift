import AlgorithmInterface
import JSON
import WeightedPaging

extension PagingParameters {
  /// The declaration from which validation, defaults and the published schema follow.
  static let schema = ParameterSchema.object([
    Parameter(
      "capacity",
      .anyOf([
        .integer(1...PagingEngine.Configuration.largestCapacity),
        .array(of: .integer(1...PagingEngine.Configuration.largestCapacity), count: 1...64),
      ]),
      required: true, "Slots of the cache, one number or several."),
    Parameter(
      "policies",
      .anyOf([
        .array(of: .choice(PagingPolicy.allCases.map(\.rawValue)), count: 1...15),
        .string(maximumLength: 256),
      ]),
      default: ["lru", "landlord-mean", "gdsf-mean", "owp", "opt"],
      "What to run: a list, or names with commas between."),
    Parameter(
      "weights",
      .anyOf([
        .choice(["formula"]),
        .object([
          Parameter("constant", .number(.positive), required: true, "The same for every page.")
        ]),
        .object([
          Parameter(
            "log_uniform",
            .object([
              Parameter("lo", .number(.positive), default: 0.01, "Least weight."),
              Parameter("hi", .number(.positive), default: 1, "Greatest weight."),
            ]), required: true, "Logarithm uniform between lo and hi, drawn by page.")
        ]),
        .object([
          Parameter(
            "formula", .anyOf([.boolean, .choice(["web"])]), required: true,
            "0.01 + 0.99 ((page * 2654435761 mod 2^32) / 2^32).")
        ]),
      ]),
      "True weights, where there is no input weights; absent: 1 for every page."),
    Parameter(
      "cost_samples",
      .object([
        Parameter(
          "distribution",
          .choice(["exact", "bernoulli", "uniform", "two_point", "beta"]), default: "exact",
          "Law of a measured cost; its mean is the true weight."),
        Parameter(
          "spread", .number(.init(minimum: 0, maximum: 1, excludesMinimum: true)),
          "uniform, two_point: w (1 ± spread); default 0.5."),
        Parameter("concentration", .number(.positive), "beta: default 4."),
      ]),
      default: ["distribution": "exact"], "How measured costs scatter."),
    Parameter(
      "mode", .choice(SampleMode.allCases.map(\.rawValue)), default: "owed",
      "How samples reach the bounds: without probes, at once, or with the paper's probes."),
    Parameter(
      "bounds", .choice(ConfidenceRule.allCases.map(\.rawValue)), default: "kl",
      "Confidence bounds: Chernoff (kl) or Hoeffding (paper)."),
    Parameter(
      "confidence", .number(.init(minimum: 0, maximum: 1, excludesMinimum: true)), default: 1,
      "Multiplies the logarithm inside the bounds; 1 is proven."),
    Parameter(
      "states", .anyOf(PagingEngine.Configuration.allowedStates.map { .integer($0...$0) }),
      default: 64, "States of the rounding: 8, 16, 32, 64, 128 or 256."),
    Parameter(
      "cost_on", .choice(CostModel.allCases.map(\.rawValue)), default: "fetch",
      "What is paid and measured: entering the cache or leaving it."),
    Parameter(
      "max_cost", .number(.init(minimum: 1e-300, maximum: 1e200)), default: 1,
      "Scale of the costs; doubled when a measured cost exceeds it."),
    Parameter(
      "replications", .integer(1...1000), default: 1,
      "Runs of each random policy, for means and standard errors."),
    Parameter(
      "curve_points", .integer(0...10_000), default: 100,
      "Points of each cumulative cost curve; 0: no curves."),
    Parameter("generator", generatorSchema, "A trace to be made instead of the input trace."),
  ])

  private static let generatorSchema = ParameterSchema.object([
    Parameter(
      "kind", .choice(["zipf", "uniform", "loop", "phases", "adversary"]), required: true,
      "Structure of the trace."),
    Parameter("length", .integer(1...largestLength), default: 100_000, "Requests."),
    Parameter("pages", .integer(1...10_000_000), "Pages; default 1000."),
    Parameter(
      "exponent", .number(.init(minimum: 0, maximum: 10)), "zipf: default 0.8."),
    Parameter("working_set", .integer(1...10_000_000), "phases: default capacity + 1."),
    Parameter("phase_length", .integer(1...largestLength), "phases: default 1000."),
  ])

  static let examples = [
    AlgorithmExample(
      title: "A short trace, two policies and the optimum",
      body: [
        "params": ["capacity": 2, "policies": ["lru", "owp", "opt"], "curve_points": 3],
        "inputs": ["trace": [0, 1, 2, 0, 1, 3, 0, 1, 2, 0]],
      ]),
    AlgorithmExample(
      title: "Zipf requests with scattered costs at two capacities",
      body: [
        "params": [
          "capacity": [16, 32], "policies": ["lru", "gdsf-mean", "owp"],
          "weights": ["log_uniform": ["lo": 0.01, "hi": 1]],
          "cost_samples": ["distribution": "bernoulli"], "replications": 2,
          "generator": ["kind": "zipf", "pages": 200, "length": 5000, "exponent": 0.8],
        ]
      ]),
  ]
}
