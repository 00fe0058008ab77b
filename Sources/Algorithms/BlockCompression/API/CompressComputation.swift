import AlgorithmInterface
import BlockCompression
import Compute
import JSON
import LinearAlgebra
import Tensors

/// A checked request to compress one matrix or several.
struct CompressComputation: PreparedComputation {
  let parameters: JSONObject
  let inputs: NamedTensors
  let cost: CostEstimate
  let derived: JSONObject
  private let plan: CompressionPlan
  private let settings: Parameters
  private let data: DataInputs?
  private let warmGrid: BlockGrid?
  /// What a global budget may spend on all matrices that no rule gives one of their own; `nil` where
  /// each matrix has its own.
  private let sharedParameters: Int?

  init(_ parameters: Parameters, inputs: NamedTensors) throws(RequestRejection) {
    plan = try CompressionPlan(parameters, inputs: inputs)
    let extra = inputs.names.filter { CompressionPlan.reserved.contains($0) }
    if plan.isSingle {
      let item = plan.items[0]
      data = try DataInputs(
        parameters, inputs: inputs, rows: item.rows, columns: item.columns)
      warmGrid =
        ["U", "S", "V"].contains(where: extra.contains)
        ? try Self.warmGrid(inputs, item: item) : nil
      if extra.contains("x") {
        throw RequestRejection(.input("x", "goes with operation \"multiply\""))
      }
    } else {
      guard extra.isEmpty else {
        throw RequestRejection(
          .input(extra[0], "goes with a single input named \"matrix\""))
      }
      data = nil
      warmGrid = nil
    }
    if parameters.string("budget") == "global" {
      sharedParameters = try Self.sharedParameters(plan, parameters)
    } else {
      sharedParameters = nil
    }
    settings = parameters
    self.parameters = parameters.members
    self.inputs = inputs
    cost = Self.cost(plan, sweeps: parameters.integer("max_sweeps") ?? 200)
    derived = Self.derived(plan, sharedParameters: sharedParameters)
  }

  private static func warmGrid(
    _ inputs: NamedTensors, item: CompressionPlan.Item
  ) throws(RequestRejection) -> BlockGrid {
    let grid = try FactorTensors.grid(inputs)
    guard grid.rows == item.rows, grid.columns == item.columns else {
      throw RequestRejection(
        .input(
          "U",
          "factors of a \(grid.rows) × \(grid.columns) matrix cannot start the fit of a "
            + "\(item.rows) × \(item.columns) one"))
    }
    if let blocks = item.blocks, blocks != (grid.blockRows, grid.blockColumns) {
      throw RequestRejection(
        .input(
          "S",
          "has \(grid.blockRows) × \(grid.blockColumns) blocks, params.blocks says "
            + "\(blocks.rows) × \(blocks.columns)"))
    }
    return grid
  }

  private static func sharedParameters(
    _ plan: CompressionPlan, _ parameters: Parameters
  ) throws(RequestRejection) -> Int {
    let shared = plan.items.filter { !$0.hasOwnBudget }
    let isShare = ["keep", "compression", "max_parameters"].contains { parameters[$0] != nil }
    guard isShare, shared.allSatisfy({ $0.grid != nil }) else {
      throw RequestRejection(
        .parameter(
          "budget",
          "\"global\" spreads keep, compression or max_parameters over grids that are given"))
    }
    let dense = shared.reduce(0) { $0 + $1.rows * $1.columns }
    let budget = try BlastParameters.budget(parameters, at: JSONPointer(["params"]))
    let count: Int
    switch budget {
    case .keep(let share): count = Budget.parameters(keeping: share, of: dense)
    case .maximumParameters(let most): count = most
    case .rank, .targetError: preconditionFailure("a share was asked for")
    }
    let least = shared.reduce(0) { $0 + ($1.grid?.parametersPerRank ?? 0) }
    guard count >= least else {
      throw RequestRejection(
        BlockCompressionError.budgetTooSmall(
          budget: count, parametersPerRank: least,
          smallestKeep: Double(least) / Double(max(dense, 1))
        ).issue(of: "all matrices", at: JSONPointer(["params"]), parameters))
    }
    return count
  }

  func run(_ context: ComputeContext) throws(AlgorithmFailure) -> AlgorithmResult {
    do throws(BlockCompressionError) {
      let finished = FinishedLayers(resume: context.resume)
      let weights = plan.items.map { Double($0.rows) * Double($0.columns) }
      let total = weights.reduce(0, +)
      let ranks = try globalRanks(in: context.labelled("global budget"))
      var done = 0.0
      for (index, item) in plan.items.enumerated() {
        var part = context.section(
          from: min(1, done / total), to: min(1, (done + weights[index]) / total))
        done += weights[index]
        if !plan.isSingle {
          part = part.labelled(
            "\(item.name.prefix(200)) (\(index + 1) of \(plan.items.count))")
        }
        if finished.contains(item.name) { continue }
        let budget = ranks[item.name].map { Budget.rank($0) } ?? item.budget
        let (outputs, report) =
          item.tensor.elementType == .float64
          ? try compress(item, budget, Double.self, finished, in: part)
          : try compress(item, budget, Float.self, finished, in: part)
        finished.add(
          item.name, outputs: outputs, report: report, isLast: index == plan.items.count - 1)
      }
      return result(finished)
    } catch {
      throw error.failure
    }
  }

  private func result(_ finished: FinishedLayers) -> AlgorithmResult {
    guard !plan.isSingle else {
      return AlgorithmResult(
        outputs: finished.outputs, report: finished.reports["matrix"]?.objectValue ?? [:])
    }
    let reports = finished.reports.compactMap(\.value.objectValue)
    func sum(_ name: String) -> Int64 {
      reports.reduce(0) { $0 + ($1[name]?.integerValue ?? 0) }
    }
    let (kept, dense) = (sum("parameters"), sum("dense_parameters"))
    return AlgorithmResult(
      outputs: finished.outputs,
      report: [
        "parameters": .integer(kept), "dense_parameters": .integer(dense),
        "keep": .number(Double(kept) / Double(max(dense, 1))),
        "skipped": .array(plan.skipped.map { .string($0) }),
        "tensors": .object(finished.reports),
      ])
  }

  private func compress<Scalar: TensorScalar>(
    _ item: CompressionPlan.Item, _ budget: Budget, _: Scalar.Type, _ finished: FinishedLayers,
    in context: ComputeContext
  ) throws(BlockCompressionError) -> (outputs: NamedTensors, report: JSONObject) {
    let clock = ContinuousClock()
    let start = clock.now
    var options = CompressionOptions(budget: budget)
    options.blocks = warmGrid.map { ($0.blockRows, $0.blockColumns) } ?? item.blocks
    options.method = BlastParameters.method(settings)
    options.starts = settings.integer("starts") ?? 1
    options.structure = settings.word("structure", as: ComparisonStructure.self)
    let type =
      settings.string("dtype").flatMap(ElementType.init(rawValue:)) ?? item.tensor.elementType
    let weights = try data?.weights(Scalar.self, in: context) ?? DataWeights<Scalar>()
    let warm: BlockFactors<Scalar>? = warmGrid.flatMap {
      FactorTensors.read(inputs, grid: $0, Scalar.matrix)
    }
    var stored: (@Sendable (Matrix<Scalar>) -> Matrix<Scalar>)?
    if type == .float16 || type == .bfloat16 {
      stored = { Scalar.rounded($0, to: type) }
    }
    let result = try Compressor.compress(
      Scalar.matrix(item.tensor), options: options, data: weights, warmStart: warm,
      keeper: finished.keeper(of: item.name, Scalar.self), stored: stored, in: context)
    var outputs = NamedTensors()
    FactorTensors.write(
      result.factors, prefix: plan.isSingle ? "" : item.name + ".", into: &outputs
    ) { Scalar.tensor($0, $1).narrowed(to: type) }
    var report = BlastReport.compression(
      result, withTrace: settings.boolean("trace") ?? false,
      seconds: (clock.now - start) / .seconds(1))
    if let structure = options.structure { report["structure"] = .string(structure.rawValue) }
    return (outputs, report)
  }

  /// The ranks of a global budget by name; empty where each matrix has its own.
  private func globalRanks(
    in context: ComputeContext
  ) throws(BlockCompressionError) -> [String: Int] {
    guard let sharedParameters else { return [:] }
    var names: [String] = []
    var items: [GlobalBudget.Item] = []
    for item in plan.items where !item.hasOwnBudget {
      guard let grid = item.grid else { continue }
      let count = sharedParameters / grid.parametersPerRank
      names.append(item.name)
      items.append(
        item.tensor.elementType == .float64
          ? try GlobalBudget.Item(item.tensor.matrix(), grid: grid, count: count, in: context)
          : try GlobalBudget.Item(
            item.tensor.singleMatrix(), grid: grid, count: count, in: context))
    }
    let ranks = try GlobalBudget.ranks(items, parameters: sharedParameters)
    return Dictionary(zip(names, ranks)) { first, _ in first }
  }

  private static func cost(_ plan: CompressionPlan, sweeps: Int) -> CostEstimate {
    var flops = 0.0
    var bytes = 0
    var results = 0
    for item in plan.items {
      let (m, n) = (Double(item.rows), Double(item.columns))
      let (b1, b2) = item.blocks.map { (Double($0.rows), Double($0.columns)) } ?? (12, 12)
      let r = Double(item.rank ?? min(item.rows, item.columns) / 4)
      let perSweep = 4 * m * n * r + (b1 + b2 + b1 * b2) * r * r * r / 3 + 2 * (m + n) * r * r
      flops += perSweep * Double(min(sweeps, 120)) + 30 * m * n * min(m, n)
      let width = item.tensor.elementType == .float64 ? 8 : 4
      // Products and Gram matrices of a sweep; states and results; A scaled, weighted,
      // approximated, and the difference.
      let numbers =
        b1 * n * r + (b1 + b2) * r * r + 8 * r * (m + n + b1 * b2) + 5 * m * n
      bytes = max(bytes, Int(numbers) * width)
      results += Int(r * (m + n + b1 * b2)) * width
    }
    return CostEstimate(flops: flops, bytes: bytes + 3 * results, isParallel: true)
  }

  private static func derived(_ plan: CompressionPlan, sharedParameters: Int?) -> JSONObject {
    func one(_ item: CompressionPlan.Item) -> JSONObject {
      guard let grid = item.grid else { return [:] }
      if sharedParameters != nil, !item.hasOwnBudget {
        // Its rank is found in the run.
        return [
          "blocks": [.integer(Int64(grid.blockRows)), .integer(Int64(grid.blockColumns))],
          "dense_parameters": .integer(Int64(grid.denseParameters)),
        ]
      }
      guard let rank = item.rank else { return [:] }
      return BlastReport.accounting(grid, rank: rank)
    }
    if plan.isSingle { return one(plan.items[0]) }
    var tensors = JSONObject()
    for item in plan.items { tensors[item.name] = .object(one(item)) }
    var derived: JSONObject = [
      "tensors": .object(tensors), "skipped": .array(plan.skipped.map { .string($0) }),
    ]
    if let sharedParameters { derived["max_parameters"] = .integer(Int64(sharedParameters)) }
    return derived
  }
}
