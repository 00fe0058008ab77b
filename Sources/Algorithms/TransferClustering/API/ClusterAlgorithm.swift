// TransferClusteringAPI: the wire form of transfer clustering.
//
// Read first: `ClusterAlgorithm` (what is published and how a request is checked),
// `SubjectDataReader` (inputs to data sets), `ClusterReport` (results to outputs). No mathematics
// here, and nothing of HTTP or jobs.

public import AlgorithmInterface
import JSON
import LinearAlgebra
import Tensors
import TransferClustering

/// `cluster`: labels of a target data set, helped by a source about the same subjects as far as it
/// helps (arXiv 2410.21263).
public struct ClusterAlgorithm: Algorithm {
  public init() {}

  public var description: AlgorithmDescription {
    AlgorithmDescription(
      id: "cluster", title: "Adaptive transfer clustering",
      summary: "Labels of a target data set that use a second one about the same subjects only as "
        + "far as it helps.",
      version: "1.0.0", numericsVersion: 5, parameters: ClusterParameters.schema,
      inputs: Self.inputs, outputs: Self.outputs,
      limits: ["subjects": 10_000_000, "classes": 1000, "bootstrap": 100_000],
      examples: Self.examples, reference: "arXiv:2410.21263")
  }

  public func prepare(
    _ request: AlgorithmRequest
  ) throws(RequestRejection) -> any PreparedComputation {
    let parameters = try ClusterParameters.schema.validated(parameters: request.parameters)
    let known: Set<String> = ["target", "source", "true_labels", "dissimilarity"]
    let unknown = request.inputs.names.filter { !known.contains($0) }
    guard unknown.isEmpty else {
      throw RequestRejection(
        unknown.map { .input($0, "unknown input; expected target, source, true_labels") })
    }
    let method = parameters.string("method") ?? "atc"
    if method == "atc" {
      return try TransferComputation(parameters, inputs: request.inputs)
    }
    return try PartitionComputation(method, parameters, inputs: request.inputs)
  }

  private static let inputs = [
    TensorSpecification(
      name: "target",
      summary: "the data whose labels are wanted: points, a network, or categorical items",
      elementTypes: ElementType.allCases, ranks: 1...2,
      shapeRule: "(n, d), (n, n), (E, 2) or (n, p) by family"),
    TensorSpecification(
      name: "source", summary: "a second data set about the same subjects in the same order",
      elementTypes: ElementType.allCases, ranks: 1...2,
      shapeRule: "(n, d), (n, n), (E, 2) or (n, p) by family", isRequired: false),
    TensorSpecification(
      name: "true_labels", summary: "known labels: errors, ARI, NMI and AMI are then reported",
      elementTypes: [.int64, .int32, .uint8, .float64, .float32], ranks: 1...1, shapeRule: "(n)",
      isRequired: false),
    TensorSpecification(
      name: "dissimilarity", summary: "method kmedoids: symmetric, non-negative",
      elementTypes: [.float64, .float32, .float16, .bfloat16, .int64, .int32], ranks: 2...2,
      shapeRule: "(n, n)", isRequired: false),
  ]

  private static let outputs = [
    TensorSpecification(
      name: "labels", summary: "the target's labels", elementTypes: [.int64], ranks: 1...1,
      shapeRule: "(n)"),
    TensorSpecification(
      name: "posterior", summary: "probability of each class", elementTypes: [.float64],
      ranks: 2...2, shapeRule: "(n, K)"),
    TensorSpecification(
      name: "source_labels", summary: "the source's labels that go with them",
      elementTypes: [.int64], ranks: 1...1, shapeRule: "(n)", isRequired: false),
    TensorSpecification(
      name: "target_only_labels", summary: "without the source", elementTypes: [.int64],
      ranks: 1...1, shapeRule: "(n)"),
    TensorSpecification(
      name: "pooled_labels", summary: "as if no label differed", elementTypes: [.int64],
      ranks: 1...1, shapeRule: "(n)", isRequired: false),
    TensorSpecification(
      name: "switch_lambda", summary: "the smallest penalty at which a subject's label is pooled",
      elementTypes: [.float64], ranks: 1...1, shapeRule: "(n)", isRequired: false),
  ]

  private static let examples = [
    AlgorithmExample(
      title: "two small data sets of points",
      body: [
        "params": [
          "classes": 2, "target": ["covariance": "spherical"],
          "source": ["covariance": "spherical"], "bootstrap": 50,
        ],
        "inputs": [
          "target": [[0.1, 0.2], [0, 0.1], [0.2, 0], [2, 2.1], [2.2, 2], [1.9, 2]],
          "source": [[5, 0.1], [5.1, 0], [4.9, 0.2], [0, 0.3], [0.2, 0], [0.1, 0.1]],
        ],
      ])
  ]
}
