// BlockCompressionAPI: the wire form of BLAST compression.
//
// Read first: `BlastAlgorithm` (what is published, and which operation a request is for),
// `CompressionPlan` (the matrices of a request, each with its budget), `CompressComputation` (the
// run). No mathematics here, and nothing of HTTP or jobs.

public import AlgorithmInterface
import BlockCompression
import JSON
import Tensors

/// `blast`: block-level adaptive structured matrices (arXiv 2410.21262): factors of a weight matrix
/// at a part of its size, and products with them.
public struct BlastAlgorithm: Algorithm {
  public init() {}

  static let floating: [ElementType] = [.float64, .float32, .float16, .bfloat16]

  public var description: AlgorithmDescription {
    AlgorithmDescription(
      id: "blast", title: "Block-level adaptive structured matrices",
      summary: "Factors a weight matrix into blocks that share their bases, at a part of its size.",
      version: "1.0.0", numericsVersion: 5, parameters: BlastParameters.schema,
      inputs: Self.inputs, outputs: Self.outputs,
      limits: ["matrix_elements": 268_435_456], examples: Self.examples,
      reference: "arXiv:2410.21262")
  }

  public func prepare(
    _ request: AlgorithmRequest
  ) throws(RequestRejection) -> any PreparedComputation {
    let parameters = try BlastParameters.schema.validated(parameters: request.parameters)
    let operation = parameters.string("operation") ?? "compress"
    if operation == "compress" {
      return try CompressComputation(parameters, inputs: request.inputs)
    }
    return try FactorsComputation(operation, parameters, inputs: request.inputs)
  }

  private static func specification(
    _ name: String, _ summary: String, _ ranks: ClosedRange<Int>, _ shape: String,
    required: Bool = false
  ) -> TensorSpecification {
    TensorSpecification(
      name: name, summary: summary, elementTypes: floating, ranks: ranks, shapeRule: shape,
      isRequired: required)
  }

  static let inputs = [
    specification(
      "matrix", "the matrix; or several by any names, each its own factorization", 2...2, "(m, n)",
      required: true),
    specification("column_weights", "greater than 0", 1...1, "(n)"),
    specification("row_weights", "greater than 0", 1...1, "(m)"),
    specification("covariance", "of the vectors it is applied to", 2...2, "(n, n)"),
    specification("activations", "such vectors, instead of a covariance", 2...2, "(samples, n)"),
    specification("U", "factor: a warm start, or what to multiply with", 2...2, "(m, r)"),
    specification("S", "factor", 3...3, "(b1, b2, r)"),
    specification("V", "factor", 2...2, "(n, r)"),
    specification("x", "multiply: a vector or a batch", 1...2, "(n) or (n, B)"),
  ]

  static let outputs = [
    specification("U", "of several matrices NAME.U", 2...2, "(m, r)"),
    specification("S", "of several matrices NAME.S", 3...3, "(b1, b2, r)"),
    specification("V", "of several matrices NAME.V", 2...2, "(n, r)"),
    specification("y", "multiply", 1...2, "(m) or (m, B)"),
    specification("matrix", "reconstruct", 2...2, "(m, n)"),
  ]

  private static let examples = [
    AlgorithmExample(
      title: "a small matrix at rank 1 on a 2 × 2 grid",
      body: [
        "params": ["blocks": 2, "rank": 1],
        "inputs": [
          "matrix": [[1, 2, 0, 1], [2, 4, 0, 2], [3, 1, 1, 0], [6, 2, 2, 0]]
        ],
      ])
  ]

  /// The named specification.
  static func input(_ name: String) -> TensorSpecification? { inputs.first { $0.name == name } }
}
