import AlgorithmInterface
import Compute
import JSON
import LinearAlgebra
import Tensors
import TransferClustering

/// A checked request for adaptive transfer clustering.
struct TransferComputation: PreparedComputation {
  let parameters: JSONObject
  let inputs: NamedTensors
  let cost: CostEstimate
  private let target: SubjectData
  private let source: SubjectData?
  private let options: TransferOptions
  private let truth: [Int]?
  private let warnings: [String]

  init(_ parameters: Parameters, inputs: NamedTensors) throws(RequestRejection) {
    guard let tensor = inputs["target"] else {
      throw RequestRejection(.input("target", "is required"))
    }
    if inputs["dissimilarity"] != nil {
      throw RequestRejection(.input("dissimilarity", "goes with method \"kmedoids\""))
    }
    let classes = try ClusterParameters.classes(parameters)
    var options = TransferOptions(classes: classes)
    options.criterion = parameters.word("criterion", as: ClassCriterion.self) ?? .bic
    options.rule = try ClusterParameters.rule(parameters)
    options.fit = ClusterParameters.fitOptions(parameters)
    let (target, targetWarnings) = try Self.read("target", tensor, parameters, classes)
    var warnings = targetWarnings
    var source: SubjectData?
    if let tensor = inputs["source"] {
      let (data, more) = try Self.read("source", tensor, parameters, classes)
      guard data.subjects == target.subjects else {
        throw RequestRejection(
          .input(
            "source",
            "has \(data.subjects) subjects, the target \(target.subjects): both must be about "
              + "the same subjects in the same order"))
      }
      source = data
      warnings += more
    }
    truth = try TrueLabels.read(inputs["true_labels"], subjects: target.subjects)
    self.target = target
    self.source = source
    self.options = options
    self.warnings = warnings
    self.parameters = parameters.members
    self.inputs = inputs
    cost = Self.cost(target, source, options)
  }

  private static func read(
    _ name: String, _ tensor: Tensor, _ parameters: Parameters, _ classes: ClosedRange<Int>
  ) throws(RequestRejection) -> (SubjectData, [String]) {
    var reader = SubjectDataReader(
      name: name, family: parameters.object(name) ?? Parameters(JSONObject()))
    let data = try reader.read(tensor, classes: classes)
    return (data, reader.warnings)
  }

  func run(_ context: ComputeContext) throws(AlgorithmFailure) -> AlgorithmResult {
    do throws(TransferClusteringError) {
      var result = try AdaptiveTransfer.run(
        target: target, source: source, options: options, in: context)
      result.warnings = warnings + result.warnings
      return ClusterReport.result(result, truth: truth)
    } catch {
      throw error.failure
    }
  }

  /// Flops of the fits and of the bootstrap.
  private static func cost(
    _ target: SubjectData, _ source: SubjectData?, _ options: TransferOptions
  ) -> CostEstimate {
    let k = Double(options.classes.upperBound)
    let tries = Double(options.classes.count)
    let steps = Double(options.fit.restarts) * 20
    let sets = [target] + (source.map { [$0] } ?? [])
    let once = sets.reduce(0.0) { $0 + $1.flopsPerStep(classes: k) }
    var flops = once * steps * tries
    if case .bootstrap(let replicates, _, _) = options.rule, source != nil {
      flops += Double(replicates) * once * 2
    }
    var bytes = sets.reduce(0) { $0 + $1.bytes(classes: options.classes.upperBound) }
    if case .bootstrap(let replicates, _, let grid) = options.rule, source != nil {
      let penalties = grid?.count ?? ClusterParameters.switchPointPenalties
      bytes += replicates * penalties * 4 + penalties * penalties * 24
    }
    return CostEstimate(flops: flops, bytes: bytes * 4 + 1 << 20, isParallel: true)
  }
}

extension SubjectData {
  /// Of one expectation and maximisation step; logarithms and exponentials count 20.
  fileprivate func flopsPerStep(classes k: Double) -> Double {
    switch self {
    case .points(let x, let form):
      let d = Double(x.columns)
      let perPoint = form == .full || form == .tied ? 4 * d * d : 8 * d
      return Double(x.rows) * k * (perPoint + 40)
    case .network(let network, _):
      return Double(network.edgeCount) * 4 * k + Double(network.nodes) * k * k * 8
    case .items(let items):
      return Double(items.subjects * items.items) * 4 * k + Double(items.subjects) * k * 40
    }
  }

  fileprivate func bytes(classes: Int) -> Int {
    switch self {
    case .points(let x, _): 8 * x.rows * (2 * x.columns + 6 * classes)
    case .network(let network, _):
      8 * (6 * network.edgeCount + network.nodes * (8 * classes + 24))
    case .items(let items):
      8 * items.subjects * (items.items + 6 * classes)
        + 24 * classes * items.categories.reduce(0, +)
    }
  }
}

extension TransferClusteringError {
  /// The failure as the service reports it.
  var failure: AlgorithmFailure {
    switch self {
    case .stopped(let stopped):
      .stopped(stopped)
    case .singularCovariance(let label, let form):
      .numerical(
        code: "singular_covariance",
        detail: "the \(form.rawValue) covariance of class \(label) is singular: raise ridge, ask "
          + "for covariance diag or spherical, or for fewer classes",
        pointer: JSONPointer(["params", "ridge"]))
    case .classCollapsed(let label, let family):
      .numerical(
        code: "class_collapsed",
        detail: "class \(label) of the \(family) model lost all its subjects in every start: ask "
          + "for fewer classes",
        pointer: JSONPointer(["params", "classes"]))
    case .notConverged(let routine):
      .numerical(
        code: "not_converged", detail: "\(routine) did not converge", pointer: nil)
    }
  }
}

/// The input `true_labels`.
enum TrueLabels {
  /// Labels renamed to `0..<count of different ones`, in ascending order.
  static func read(_ tensor: Tensor?, subjects: Int) throws(RequestRejection) -> [Int]? {
    guard let tensor else { return nil }
    guard tensor.shape == [subjects] else {
      throw RequestRejection(
        .input("true_labels", "expected shape (\(subjects)), got \(tensor.shape)"))
    }
    let values = tensor.float64Values()
    if let place = values.firstIndex(where: { Int(exactly: $0) == nil }) {
      throw RequestRejection(
        .input("true_labels", at: [place], "\(values[place]) is not a whole number"))
    }
    let names = Set(values).sorted()
    guard names.count <= 1000 else {
      throw RequestRejection(
        .input("true_labels", "\(names.count) different labels; at most 1000 are compared"))
    }
    let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    return values.compactMap { places[$0] }
  }
}
