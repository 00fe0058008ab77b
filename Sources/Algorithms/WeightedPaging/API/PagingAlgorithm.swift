public import AlgorithmInterface
import JSON
public import Tensors
import WeightedPaging

/// The simulation job: a trace through policies, capacities and replications, next to the optimum.
public struct PagingAlgorithm: Algorithm {
  public let description: AlgorithmDescription

  public init() {
    description = AlgorithmDescription(
      id: "paging", title: "Online weighted paging with unknown weights",
      summary: """
        Runs a request trace through online policies that learn costs as they pay them, and \
        compares them with the exact offline optimum.
        """,
      version: "1.0.0", numericsVersion: 1, parameters: PagingParameters.schema,
      inputs: [
        TensorSpecification(
          name: "trace", summary: "Page numbers in the order of their requests.",
          elementTypes: [.int64, .int32, .float64], ranks: 1...1, shapeRule: "(requests)",
          isRequired: false),
        TensorSpecification(
          name: "weights", summary: "True weight of page p at index p; positive.",
          elementTypes: [.float64, .float32], ranks: 1...1, shapeRule: "(pages)",
          isRequired: false),
        TensorSpecification(
          name: "predictions",
          summary: """
            For each request the predicted index of the next request of its page; requests or \
            more: never. Read by owp-predictions; absent: the truth.
            """,
          elementTypes: [.float64, .float32, .int64, .int32], ranks: 1...1,
          shapeRule: "(requests)", isRequired: false),
      ],
      outputs: [
        TensorSpecification(
          name: "curve.POLICY",
          summary: """
            Requests served and mean cumulative cost; curve.POLICY.CAPACITY when several \
            capacities were asked for.
            """,
          elementTypes: [.float64], ranks: 2...2, shapeRule: "(curve_points, 2)",
          isRequired: false)
      ],
      limits: [
        "capacity": .integer(Int64(PagingEngine.Configuration.largestCapacity)),
        "exact_optimum_work": .integer(Int64(OfflineOptimum.exactWork)),
        "generated_requests": .integer(Int64(PagingParameters.largestLength)),
      ],
      examples: PagingParameters.examples,
      reference: "arXiv 2410.21266")
  }

  public func prepare(
    _ request: AlgorithmRequest
  ) throws(RequestRejection) -> any PreparedComputation {
    let parameters = try PagingParameters(
      try PagingParameters.schema.validated(parameters: request.parameters))
    try refuseUnknownInputs(request.inputs)
    let source = try source(request, parameters)
    let weights = try weights(request, parameters, source)
    let predictions = try predictions(request, source)
    return PagingComputation(
      parameters: parameters, inputs: request.inputs, seed: request.seed, source: source,
      weights: weights, predictions: predictions)
  }

  /// One page a line, gzipped or not: whole numbers, or else names (numbered by first appearance).
  /// Empty lines are skipped.
  public func inputs(fromText text: SharedBytes) throws(RequestRejection) -> NamedTensors? {
    let numbers = try TraceText.numbers(text)
    return ["trace": Tensor(shape: [numbers.count], int64: numbers)]
  }

  private func refuseUnknownInputs(_ inputs: NamedTensors) throws(RequestRejection) {
    let known = description.inputs.map(\.name)
    let issues = inputs.names.filter { !known.contains($0) }.map {
      ValidationIssue.input(
        $0, "is not an input of paging; known: \(known.joined(separator: ", "))")
    }
    if !issues.isEmpty { throw RequestRejection(issues) }
  }

  private func source(
    _ request: AlgorithmRequest, _ parameters: PagingParameters
  ) throws(RequestRejection) -> TraceSource {
    if let tensor = request.inputs["trace"] {
      guard parameters.generator == nil else {
        throw RequestRejection(.parameter("generator", "is given beside the input trace"))
      }
      try description.inputs[0].check(tensor)
      return TraceSource(numbers: try pageNumbers(tensor))
    }
    guard let generator = parameters.generator else {
      throw RequestRejection(
        .input("trace", "is required: a vector of page numbers, or params.generator"))
    }
    return TraceSource(generator, random: parameters.stream(0, seed: request.seed))
  }

  /// JSON numbers come as float64: whole ones are page numbers.
  private func pageNumbers(_ tensor: Tensor) throws(RequestRejection) -> [Int64] {
    do {
      return try tensor.int64Values()
    } catch {
      if case .notRepresentable(let index, _) = error {
        throw RequestRejection(.input("trace", at: index, "is not a whole number"))
      }
      throw RequestRejection(.input("trace", "\(error)"))
    }
  }

  /// A cost beyond `largestGrowth` times the scale could not be learnt.
  private func weights(
    _ request: AlgorithmRequest, _ parameters: PagingParameters, _ source: TraceSource
  ) throws(RequestRejection) -> PageWeights {
    let largest = parameters.engine.largestCost
    guard let tensor = request.inputs["weights"] else {
      let weights = parameters.weights ?? .constant(1)
      if let greatest = weights.greatest, greatest > largest {
        throw RequestRejection(
          .parameter("weights", "\(greatest) is more than 2^40 times max_cost, \(largest)"))
      }
      return weights
    }
    guard parameters.weights == nil else {
      throw RequestRejection(.parameter("weights", "is given beside the input weights"))
    }
    try description.inputs[1].check(tensor)
    let values = tensor.float64Values()
    if let bad = values.firstIndex(where: { $0 <= 0 }) {
      throw RequestRejection(
        .input("weights", at: [bad], "\(values[bad]) is not a positive number"))
    }
    if let bad = values.firstIndex(where: { $0 > largest }) {
      throw RequestRejection(
        .input(
          "weights", at: [bad], "\(values[bad]) is more than 2^40 times max_cost, \(largest)"))
    }
    if let page = source.pageBeyond(values.count) {
      throw RequestRejection(.input("weights", "has no weight for page \(page) of the trace"))
    }
    return .listed(values)
  }

  private func predictions(
    _ request: AlgorithmRequest, _ source: TraceSource
  ) throws(RequestRejection) -> [Double] {
    guard let tensor = request.inputs["predictions"] else { return [] }
    try description.inputs[2].check(tensor)
    guard tensor.count == source.requestCount else {
      throw RequestRejection(
        .input(
          "predictions", "expected one a request, \(source.requestCount), got \(tensor.count)"))
    }
    return tensor.float64Values()
  }
}
