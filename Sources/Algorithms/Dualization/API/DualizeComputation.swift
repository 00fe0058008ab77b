import AlgorithmInterface
import Compute
import Dualization
import JSON
import Tensors

/// A checked `dualize` request.
struct DualizeComputation: PreparedComputation {
  enum Operation: String {
    case dualize
    case norm
    case dualNorm = "dual_norm"
  }

  /// One tensor and what it is to be treated as.
  struct Item {
    let name: String
    let atom: Atom
    let tensor: Tensor
    let factor: Double
    let outputType: ElementType

    /// Whether the work is on float64 numbers: for F64 input, or where F64 is asked for.
    var isDouble: Bool { tensor.elementType == .float64 || outputType == .float64 }
  }

  let parameters: JSONObject
  let inputs: NamedTensors
  let operation: Operation
  let items: [Item]
  let skipped: [String]
  /// One tensor called `gradient`: outputs `dual` and `step`, figures at the report's top.
  let isSingle: Bool
  let network: Network?
  let weights: [String: Tensor]
  let sharpness: Double?
  let returnsStep: Bool
  /// Where layers that other computations had too are found.
  var cache: AtomCache?

  // MARK: Before the run

  var cost: CostEstimate {
    var flops = 0.0
    var held = 0.0
    var largest = 0.0
    for item in items {
      let cost = DualizationCost(
        shape: item.tensor.shape, layer: item.atom.layer, settings: item.atom.settings,
        isDouble: item.isDouble)
      flops += cost.flops
      largest = max(largest, cost.bytes)
      // The input as numbers, the update, and its encoding.
      held += Double(item.tensor.count) * (item.isDouble ? 24 : 12)
    }
    // Pieces run side by side, two or three of the larger ones at a time.
    let bytes = held + min(4, Double(max(1, items.count))) * largest
    return CostEstimate(
      flops: flops, bytes: Int(min(bytes, 1e18)), isParallel: true)
  }

  var derived: JSONObject {
    func method(_ item: Item) -> JSONValue {
      guard item.atom.layer.matrices(shape: item.tensor.shape) != nil else { return .null }
      let choice = PolarSolver.choice(item.atom.settings, isDouble: item.isDouble)
      return .string(choice.method.rawValue)
    }
    func members(_ item: Item) -> JSONObject {
      ["layer": .string(item.atom.layer.name), "method": method(item)]
    }
    if isSingle { return members(items[0]) }
    var tensors = JSONObject()
    for item in items {
      var one = members(item)
      if network != nil { one["factor"] = .number(item.factor) }
      tensors[item.name] = .object(one)
    }
    return ["tensors": .object(tensors), "skipped": .array(skipped.map { .string($0) })]
  }

  // MARK: The run

  func run(_ context: ComputeContext) throws(AlgorithmFailure) -> AlgorithmResult {
    do throws(DualizationError) {
      return operation == .dualize ? try dualize(context) : try measure(context)
    } catch {
      throw Self.failure(error)
    }
  }

  private static func failure(_ error: DualizationError) -> AlgorithmFailure {
    switch error {
    case .stopped(let stop): .stopped(stop)
    case .numericalFailure(let code, let reason):
      .numerical(code: code, detail: reason, pointer: nil)
    default: .numerical(code: "invalid_input", detail: error.description, pointer: nil)
    }
  }

  private func dualize(_ context: ComputeContext) throws(DualizationError) -> AlgorithmResult {
    let batch = items.map { item in
      BatchDualizer.Item(
        name: item.name, atom: item.atom, shape: item.tensor.shape, isDouble: item.isDouble,
        factor: item.factor
      ) { () throws(DualizationError) in try item.tensor.numericArray(isWide: item.isDouble) }
    }
    let share = weights.isEmpty ? 1 : 0.8
    let finished = try BatchDualizer(cache: cache).dualize(
      batch, in: context.section(from: 0, to: share)
    ) { index, result throws(DualizationError) in
      (result: result, update: try tensor(result.update, items[index]))
    }
    let results = finished.map(\.result)
    let total = network == nil ? nil : try step(for: BatchDualizer.dualNorm(results))
    var outputs = NamedTensors()
    var reports = JSONObject()
    for (item, (result, update)) in zip(items, finished) {
      var members = DualizeReport.members(result.report)
      if result.isReused { members["reused"] = true }
      if network != nil { members["factor"] = .number(result.factor) }
      let step = network == nil ? try self.step(for: result.report.dualNorm) : total
      if network == nil, let step { DualizeReport.add(step, to: &members) }
      outputs[isSingle ? "dual" : item.name] = update
      if returnsStep, let step {
        outputs[isSingle ? "step" : "\(item.name).step"] = try tensor(
          result.update.scaled(by: step.scale), item)
      }
      if isSingle { return AlgorithmResult(outputs: outputs, report: members) }
      reports[item.name] = .object(members)
    }
    var report = JSONObject()
    if let network {
      report = try networkReport(network, results, total, context.section(from: share, to: 1))
    }
    report["tensors"] = .object(reports)
    if network == nil { report["skipped"] = .array(skipped.map { .string($0) }) }
    return AlgorithmResult(outputs: outputs, report: report)
  }

  private func networkReport(
    _ network: Network, _ results: [BatchDualizer.Result], _ step: SteepestDescent?,
    _ context: ComputeContext
  ) throws(DualizationError) -> JSONObject {
    var report: JSONObject = [
      "dual_norm": DualizeReport.number(BatchDualizer.dualNorm(results)),
      "mass": .number(network.mass), "sensitivity": .number(network.sensitivity),
    ]
    report["modular_norm"] = .null
    if !weights.isEmpty {
      var arrays: [String: NumericArray] = [:]
      for (name, weight) in weights { arrays[name] = try weight.numericArray(isWide: false) }
      report["modular_norm"] = DualizeReport.number(try network.norm(of: arrays, in: context))
    }
    report["modular_norm_of_result"] = DualizeReport.number(Network.normOfResult(results))
    if let step { DualizeReport.add(step, to: &report) }
    report["seconds"] = .number(results.reduce(0) { $0 + $1.report.seconds })
    return report
  }

  /// Norms or dual norms alone: a report without outputs.
  private func measure(_ context: ComputeContext) throws(DualizationError) -> AlgorithmResult {
    let key = operation.rawValue
    var values: [Double] = []
    var reports = JSONObject()
    for (index, item) in items.enumerated() {
      let part = context.section(
        from: Double(index) / Double(items.count), to: Double(index + 1) / Double(items.count))
      let value =
        switch try item.tensor.numericArray(isWide: item.isDouble) {
        case .single(let array): try measure(item.atom, array, part)
        case .double(let array): try measure(item.atom, array, part)
        }
      values.append(value)
      reports[item.name] = [key: DualizeReport.number(value)]
    }
    if isSingle {
      return AlgorithmResult(
        outputs: NamedTensors(), report: [key: DualizeReport.number(values[0])])
    }
    var report: JSONObject = ["tensors": .object(reports)]
    if network != nil {
      var whole = 0.0
      for (value, item) in zip(values, items) where item.factor > 0 {
        whole = operation == .norm ? max(whole, value / item.factor) : whole + value * item.factor
      }
      report[key] = DualizeReport.number(whole)
    } else {
      report["skipped"] = .array(skipped.map { .string($0) })
    }
    return AlgorithmResult(outputs: NamedTensors(), report: report)
  }

  private func measure<Scalar>(
    _ atom: Atom, _ array: LayerArray<Scalar>, _ context: ComputeContext
  ) throws(DualizationError) -> Double {
    operation == .norm
      ? try atom.norm(of: array, in: context) : try atom.dualNorm(of: array, in: context)
  }

  private func step(for dualNorm: Double) throws(DualizationError) -> SteepestDescent? {
    guard let sharpness else { return nil }
    return try SteepestDescent(dualNorm: dualNorm, sharpness: sharpness)
  }

  private func tensor(
    _ array: NumericArray, _ item: Item
  ) throws(DualizationError) -> Tensor {
    let tensor: Tensor
    do throws(TensorError) {
      tensor = try Tensor(array, as: item.outputType)
    } catch {
      throw .numericalFailure(code: "output_type", reason: "\(error)")
    }
    if let index = tensor.firstNonFinite() {
      throw .numericalFailure(
        code: "output_out_of_range",
        reason:
          "element \(index) of the output for \(item.name) is beyond the range of \(item.outputType.rawValue)"
      )
    }
    return tensor
  }
}
