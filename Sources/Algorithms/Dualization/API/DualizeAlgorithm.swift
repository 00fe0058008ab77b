public import AlgorithmInterface
import Dualization
import JSON
import Tensors

/// Modular duality as an algorithm of the service.
public struct DualizeAlgorithm: Algorithm {
  private let cache: AtomCache?

  /// - Parameter cache: bytes in which dualized layers are kept for computations that share parts.
  public init(cache bytes: Int = 0) {
    cache = bytes > 0 ? AtomCache(capacity: bytes) : nil
  }

  /// Element types that are dualized; others are left out of a file, or refused.
  static let elementTypes: [ElementType] = [.float64, .float32, .float16, .bfloat16]

  static let gradient = TensorSpecification(
    name: "gradient",
    summary:
      "The gradient of one layer (or a weight, for its norm). Several tensors by any names are dualized each by its own rule; with `network` the names are those of its atoms.",
    elementTypes: elementTypes, ranks: 1...4,
    shapeRule: "(d_out, d_in), (d_out, d_in, k, k), (d)", isRequired: false)

  static let weight = TensorSpecification(
    name: "weight:NAME", summary: "With `network`: the weight of an atom, for the modular norm.",
    elementTypes: elementTypes, ranks: 1...4, shapeRule: "as the gradient NAME",
    isRequired: false)

  public var description: AlgorithmDescription {
    AlgorithmDescription(
      id: "dualize", title: "Modular dualization",
      summary:
        "Maps the gradients of a layer or of a whole network to steepest-descent directions under the modular norm, with dual norms and a residual in every answer.",
      version: "1.0.0", numericsVersion: 9, parameters: DualizeParameters.schema,
      inputs: [Self.gradient, Self.weight],
      outputs: [
        TensorSpecification(
          name: "dual", summary: "dualize(gradient), of norm 1; for named tensors one output each.",
          elementTypes: Self.elementTypes, ranks: 1...4, shapeRule: "as the gradient"),
        TensorSpecification(
          name: "step", summary: "−(dual norm/λ)·dual, with `return_step`; NAME.step for names.",
          elementTypes: Self.elementTypes, ranks: 1...4, shapeRule: "as the gradient",
          isRequired: false),
      ],
      limits: ["rules": 1000, "coefficients": 1000, "steps": 10_000], examples: Self.examples,
      reference: "arXiv:2410.21265, Modular Duality in Deep Learning")
  }

  private static let examples: [AlgorithmExample] = [
    AlgorithmExample(
      title: "One linear layer, with its steepest-descent step",
      body: [
        "params": ["sharpness": 2, "return_step": true],
        "inputs": ["gradient": [[3, 0, 0], [0, 4, 0]]],
      ]),
    AlgorithmExample(
      title: "Two layers as a network",
      body: [
        "params": [
          "network": [
            "type": "compose",
            "modules": [
              ["type": "embed", "name": "tokens", "mass": 1],
              ["type": "bond", "kind": "relu", "sensitivity": 1],
              ["type": "linear", "name": "head", "mass": 1],
            ],
          ]
        ],
        "inputs": ["tokens": [[1, 2], [3, 4]], "head": [[1, 0], [0, -1]]],
      ]),
    AlgorithmExample(
      title: "A bias under the largest-entry norm",
      body: [
        "params": ["layer": "vector", "norm": "linf"],
        "inputs": ["gradient": [0.5, -2, 0]],
      ]),
  ]

  public func prepare(
    _ request: AlgorithmRequest
  ) throws(RequestRejection) -> any PreparedComputation {
    let parameters = try DualizeParameters.schema.validated(parameters: request.parameters)
    var computation = try DualizePreparation(
      parameters: parameters, inputs: request.inputs
    ).computation()
    computation.cache = cache
    return computation
  }
}
