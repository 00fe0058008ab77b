import AlgorithmInterface
import Compute
import JSON
import LinearAlgebra
import Tensors
import TransferClustering

/// A checked request for one of the companions: k-means on points, k-medoids on dissimilarities.
struct PartitionComputation: PreparedComputation {
  let parameters: JSONObject
  let inputs: NamedTensors
  let cost: CostEstimate
  private let data: Matrix<Double>
  private let isMedoids: Bool
  private let classes: Int
  private let restarts: Int
  private let maximumIterations: Int
  private let truth: [Int]?

  init(
    _ method: String, _ parameters: Parameters, inputs: NamedTensors
  ) throws(RequestRejection) {
    isMedoids = method == "kmedoids"
    let name = isMedoids ? "dissimilarity" : "target"
    guard let tensor = inputs[name] else {
      throw RequestRejection(.input(name, "is required with method \"\(method)\""))
    }
    let surplus = inputs.names.filter { $0 != name && $0 != "true_labels" }
    guard surplus.isEmpty else {
      throw RequestRejection(
        surplus.map { .input($0, "is not used by method \"\(method)\"") })
    }
    let range = try ClusterParameters.classes(parameters)
    guard range.count == 1 else {
      throw RequestRejection(
        .parameter("classes", "method \"\(method)\" takes one number of classes"))
    }
    classes = range.lowerBound
    let rule = TensorSpecification(
      name: name, summary: "", elementTypes: ElementType.allCases,
      ranks: isMedoids ? 2...2 : 1...2, shapeRule: isMedoids ? "(n, n)" : "(n, d)")
    try rule.check(tensor)
    data = tensor.matrix()
    if isMedoids { try Self.checkDissimilarity(data) }
    guard classes <= data.rows else {
      throw RequestRejection(
        .parameter("classes", "\(classes) classes for \(data.rows) subjects"))
    }
    if !isMedoids {
      try SubjectDataReader.requireUsualScale(data, named: name)
      let distinct = SubjectDataReader.distinctRows(data, upTo: classes)
      guard classes <= distinct else {
        throw RequestRejection(
          .parameter(
            "classes", "\(classes) classes, but only \(distinct) different rows in target"))
      }
    }
    truth = try TrueLabels.read(inputs["true_labels"], subjects: data.rows)
    restarts = parameters.integer("restarts") ?? 10
    maximumIterations = parameters.integer("max_iterations") ?? 100
    self.parameters = parameters.members
    self.inputs = inputs
    let n = Double(data.rows)
    let perStep = isMedoids ? n * n * 4 : n * Double(data.columns) * Double(classes) * 3
    cost = CostEstimate(
      flops: perStep * Double(restarts) * 20, bytes: data.count * 8 + 1 << 20, isParallel: false)
  }

  private static func checkDissimilarity(_ d: Matrix<Double>) throws(RequestRejection) {
    guard d.rows == d.columns else {
      throw RequestRejection(
        .input("dissimilarity", "expected shape (n, n), got (\(d.rows), \(d.columns))"))
    }
    for row in 0..<d.rows {
      for column in 0...row {
        guard d[row, column] >= 0 else {
          throw RequestRejection(
            .input("dissimilarity", at: [row, column], "is negative: \(d[row, column])"))
        }
        guard d[row, column] == d[column, row] else {
          throw RequestRejection(
            .input(
              "dissimilarity", at: [row, column], "differs from element (\(column), \(row))"))
        }
      }
      guard d[row, row] == 0 else {
        throw RequestRejection(
          .input("dissimilarity", at: [row, row], "is not 0: nothing differs from itself"))
      }
    }
  }

  func run(_ context: ComputeContext) throws(AlgorithmFailure) -> AlgorithmResult {
    do throws(ComputationStopped) {
      return try isMedoids ? medoids(context) : means(context)
    } catch {
      throw .stopped(error)
    }
  }

  private func means(_ context: ComputeContext) throws(ComputationStopped) -> AlgorithmResult {
    let best = try KMeans(
      data, classes: classes, restarts: restarts, stream: 0,
      maximumIterations: maximumIterations, in: context)
    var outputs = NamedTensors()
    outputs["labels"] = ClusterReport.tensor(best.labels)
    outputs["centres"] = Tensor(
      shape: [best.centres.rows, best.centres.columns], float64: best.centres.elements)
    return finished(
      outputs, best.labels,
      [
        "inertia": .number(best.inertia), "iterations": .integer(Int64(best.iterations)),
        "converged": .bool(best.isConverged),
      ])
  }

  private func medoids(_ context: ComputeContext) throws(ComputationStopped) -> AlgorithmResult {
    let best = try KMedoids(
      data, classes: classes, restarts: restarts, maximumPasses: maximumIterations, stream: 0,
      in: context)
    var outputs = NamedTensors()
    outputs["labels"] = ClusterReport.tensor(best.labels)
    outputs["medoids"] = ClusterReport.tensor(best.medoids)
    return finished(
      outputs, best.labels,
      [
        "loss": .number(best.loss), "iterations": .integer(Int64(best.passes)),
        "swaps": .integer(Int64(best.swaps)), "converged": .bool(best.isConverged),
      ])
  }

  private func finished(
    _ outputs: NamedTensors, _ labels: [Int], _ report: JSONObject
  ) -> AlgorithmResult {
    var report = report
    report["classes"] = .integer(Int64(classes))
    if let truth { report["evaluation"] = .object(ClusterReport.evaluation(labels, truth)) }
    return AlgorithmResult(outputs: outputs, report: report)
  }
}
