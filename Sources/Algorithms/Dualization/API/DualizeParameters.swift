import AlgorithmInterface
import JSON

/// The parameters of `dualize`, declared once: validation, defaults, JSON Schema and query strings
/// follow.
enum DualizeParameters {
  /// Members that say how one tensor is dualized; a rule may set each of them for its tensors.
  static let tensorMembers: [Parameter] = [
    Parameter(
      "layer", .choice(["linear", "embed", "conv2d", "vector"]),
      "What the tensor is to its network. Default by its axes: 1 vector, 2 linear, 4 conv2d."),
    Parameter(
      "norm", .choice(["l2", "linf", "rms", "l1"]), default: "rms", "Norm of a vector."),
    Parameter(
      "layout", .choice(["columns", "rows"]), default: "columns",
      "Whether an embedding's token vectors are its columns or its rows."),
    Parameter(
      "conv", .choice(["slices", "flatten"]), default: "slices",
      "A convolution as one matrix for each kernel position, or as one flattened matrix."),
    Parameter(
      "method",
      .choice([
        "auto", "exact", "gram-halley", "newton-schulz", "polar-express", "inverse-root",
        "sketch", "frobenius",
      ]), default: "auto",
      "How to compute U·Vᵀ. auto: exact for F64, gram-halley for narrower input."),
    Parameter(
      "precision", .choice(["exact", "fast"]), default: "exact",
      "exact: float64 inside; fast: float32 inside, singular values under 2e-3 σ₁ stay short of 1."),
    Parameter("steps", .integer(1...10_000), "Steps of an iteration at most."),
    Parameter(
      "schedule",
      .choice([
        "cubic", "quintic", "degree7", "degree9", "jordan", "tuned5", "modula3", "modula6",
        "cans", "deepseek", "cubic5",
      ]), "Named coefficients of newton-schulz; default quintic, repeated until converged."),
    Parameter(
      "coefficients",
      .array(of: .array(of: .number(.any), count: 1...16), count: 1...1000),
      "Coefficients of newton-schulz, one list (of X, XXᵀX, …) for each step."),
    Parameter(
      "degree", .anyOf([.integer(3...3), .integer(5...5)]), default: 5,
      "Degree of the minimax polynomials of polar-express."),
    Parameter(
      "lower_bound",
      .number(.init(minimum: 0, maximum: 1, excludesMinimum: true, excludesMaximum: true)),
      "polar-express: lower end of the singular values after normalization; default estimated."),
    Parameter(
      "side", .choice(["left", "right", "both"]), default: "left",
      "inverse-root: (GGᵀ)^-½ G, G (GᵀG)^-½, or quarter roots on both sides."),
    Parameter(
      "order", .integer(2...6), default: 2, "inverse-root: order of the iteration; 2 is Newton's."),
    Parameter(
      "form", .choice(["plain", "gram"]), default: "plain",
      "Polynomial methods on the matrix itself, or on its Gram matrix for fewer operations."),
    Parameter(
      "normalization", .choice(["frobenius", "spectral"]), default: "frobenius",
      "What an iteration divides its input by."),
    Parameter(
      "tolerance",
      .number(.init(minimum: 0, maximum: 1, excludesMinimum: true, excludesMaximum: true)),
      "Deviation of singular values from 1 aimed at; default 1e-6 (F32), 1e-12 (F64)."),
    Parameter(
      "floor", .number(.init(minimum: 1e-8, maximum: 1, excludesMaximum: true)),
      "Relative to σ₁: singular values from here on are brought to 1; default 1e-6 (F32), 1e-7 (F64)."
    ),
    Parameter(
      "rank_tolerance", .number(.init(minimum: 0, maximum: 1, excludesMaximum: true)),
      "Relative to σ₁: what lies below counts as zero; default the floor (F32), max(m, n)·2⁻⁵² (F64)."
    ),
    Parameter(
      "split", .array(of: .integer(1...Int(Int32.max)), count: 1...4096),
      "Sizes along the rows; each piece is dualized alone (fused q, k, v)."),
    Parameter(
      "verify", .choice(["probe", "full", "none"]), default: "probe",
      "How the result is checked: eight random vectors, exact norms, or not."),
    Parameter(
      "sketch",
      .object([
        Parameter(
          "rank", .integer(1...1_000_000), "Dimension of the range; default min(m, n, 32)."),
        Parameter("power_iterations", .integer(0...20), default: 1, "Passes that sharpen it."),
      ]), "Parameters of the sketch method."),
  ]

  static let schema: ParameterSchema = .object(
    [
      Parameter(
        "operation", .choice(["dualize", "norm", "dual_norm"]), default: "dualize",
        "The duality map, the norm of a weight, or the dual norm of a gradient.")
    ] + tensorMembers + [
      Parameter(
        "sharpness", .number(.positive),
        "λ of the steepest-descent step −(dual norm/λ)·dual; gives step_scale and predicted_decrease."
      ),
      Parameter(
        "return_step", .boolean, default: false, "Also return the step itself; needs sharpness."),
      Parameter(
        "dtype", .choice(["F64", "F32", "F16", "BF16"]),
        "Element type of the outputs; default that of each input."),
      Parameter(
        "rules", .array(of: rule, count: 1...1000),
        "How to treat each of several tensors; the first rule whose pattern matches holds."),
      Parameter("network", network, "A whole network; the inputs are its gradients by name."),
    ])

  /// A rule's members have no defaults: what it does not say holds as for the whole request.
  private static let rule: ParameterSchema = .object(
    [
      Parameter(
        "match", .string(maximumLength: 1000), required: true,
        "Pattern for names; * and ? match any characters, dots and slashes too."),
      Parameter("skip", .boolean, "Leave these tensors out."),
    ]
      + tensorMembers.map { member in
        Parameter(member.name, member.schema, member.summary)
      })

  private static let network: ParameterSchema = .recursive(
    name: "module",
    .object([
      Parameter(
        "type", .choice(["compose", "concat", "linear", "embed", "conv2d", "vector", "bond"]),
        required: true, "A compound, an atom, or a bond."),
      Parameter("name", .string(maximumLength: 4000), "Of an atom: the name of its gradient."),
      Parameter("mass", .number(.nonNegative), "Of an atom; default 1."),
      Parameter("sensitivity", .number(.nonNegative), "Of an atom or bond; default 1."),
      Parameter(
        "modules", .array(of: .reference("module"), count: 1...100_000),
        "Of a compound: compose in the order they are applied, concat with one input."),
      Parameter(
        "total_mass", .number(.nonNegative), "Of a compound: the masses inside add up to this."),
      Parameter("kind", .string(maximumLength: 1000), "Of a bond: a label."),
      Parameter("layout", .choice(["columns", "rows"]), "Of an embed atom; default columns."),
      Parameter("conv", .choice(["slices", "flatten"]), "Of a conv2d atom; default slices."),
      Parameter("norm", .choice(["l2", "linf", "rms", "l1"]), "Of a vector atom; default rms."),
    ]))
}
