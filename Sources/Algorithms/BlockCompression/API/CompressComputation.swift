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
    if parameters.string("budget") == "global" { try Self.checkGlobal(plan, parameters) }
    settings = parameters
    self.parameters = parameters.members
    self.inputs = inputs
    cost = Self.cost(plan, sweeps: parameters.integer("max_sweeps") ?? 200)
    derived = Self.derived(plan)
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

  private static func checkGlobal(
    _ plan: CompressionPlan, _ parameters: Parameters
  ) throws(RequestRejection) {
    let isShare = ["keep", "compression", "max_parameters"].contains { parameters[$0] != nil }
    guard isShare, plan.items.allSatisfy({ $0.blocks != nil }) else {
      throw RequestRejection(
        .parameter(
          "budget",
          "\"global\" spreads keep, compression or max_parameters over grids that are given"))
    }
  }

  func run(_ context: ComputeContext) throws(AlgorithmFailure) -> AlgorithmResult {
    do throws(BlockCompressionError) {
      var finished = FinishedLayers(resume: context.resume)
      let ranks = try globalRanks(in: context)
      let weights = plan.items.map { Double($0.rows) * Double($0.columns) }
      let total = weights.reduce(0, +)
      var done = 0.0
      for (index, item) in plan.items.enumerated() {
        let part = context.section(
          from: done / total, to: min(1, (done + weights[index]) / total))
        done += weights[index]
        if finished.contains(item.name) { continue }
        let budget = ranks.map { Budget.rank($0[index]) } ?? item.budget
        let report: JSONObject
        if item.tensor.elementType == .float64 {
          report = try compress(item, budget, Double.self, into: &finished, in: part)
        } else {
          report = try compress(item, budget, Float.self, into: &finished, in: part)
        }
        finished.add(report: report, for: item.name, isLast: index == plan.items.count - 1)
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
    _ item: CompressionPlan.Item, _ budget: Budget, _: Scalar.Type,
    into finished: inout FinishedLayers, in context: ComputeContext
  ) throws(BlockCompressionError) -> JSONObject {
    let clock = ContinuousClock()
    let start = clock.now
    let matrix = Scalar.matrix(item.tensor)
    var options = CompressionOptions(budget: budget)
    options.blocks = warmGrid.map { ($0.blockRows, $0.blockColumns) } ?? item.blocks
    options.method = BlastParameters.method(settings)
    options.starts = settings.integer("starts") ?? 1
    let factors: BlockFactors<Scalar>
    var report: JSONObject
    if let structure = ComparisonStructure(rawValue: settings.string("structure") ?? "blast") {
      (factors, report) = try comparison(structure, matrix, options, in: context)
    } else {
      let warm = warmGrid.flatMap { FactorTensors.read(inputs, grid: $0, Scalar.matrix) }
      let result = try Compressor.compress(
        matrix, options: options, data: data?.weights(Scalar.matrix) ?? DataWeights(),
        warmStart: warm, in: context)
      factors = result.factors
      let seconds = (clock.now - start) / .seconds(1)
      report = BlastReport.compression(
        result, withTrace: settings.boolean("trace") ?? false, seconds: seconds)
    }
    let type =
      settings.string("dtype").flatMap(ElementType.init(rawValue:)) ?? item.tensor.elementType
    FactorTensors.write(
      factors, prefix: plan.isSingle ? "" : item.name + ".", into: &finished.outputs
    ) { Scalar.tensor($0, $1).narrowed(to: type) }
    return report
  }

  private func comparison<Scalar: TensorScalar>(
    _ structure: ComparisonStructure, _ matrix: Matrix<Scalar>, _ options: CompressionOptions,
    in context: ComputeContext
  ) throws(BlockCompressionError) -> (BlockFactors<Scalar>, JSONObject) {
    let blocks = options.blocks ?? (1, 1)
    let grid = try BlockGrid(
      rows: matrix.rows, columns: matrix.columns, blockRows: blocks.rows,
      blockColumns: blocks.columns)
    let budget = try options.budget.rank(on: grid).map { $0 * grid.parametersPerRank }
    let factors = try structure.fit(
      matrix, grid: grid, parameters: budget ?? grid.denseParameters, in: context)
    var report = BlastReport.accounting(factors.grid, rank: factors.rank)
    report["structure"] = .string(structure.rawValue)
    let error = ApproximationError(
      matrix, approximation: factors.dense(in: context), grid: grid)
    for (name, value) in BlastReport.errors(error) { report[name] = value }
    report["warnings"] = []
    return (factors, report)
  }

  /// The ranks of a global budget; `nil` where each matrix has its own.
  private func globalRanks(
    in context: ComputeContext
  ) throws(BlockCompressionError) -> [Int]? {
    guard settings.string("budget") == "global" else { return nil }
    var dense = 0
    var items: [GlobalBudget.Item] = []
    for item in plan.items {
      guard let grid = item.grid else { return nil }
      dense += grid.denseParameters
      let values: [Float]
      do throws(LinearAlgebraError) {
        values = try SVD.values(of: item.tensor.singleMatrix())
      } catch {
        throw .notConverged(routine: "singular values of \(item.name)")
      }
      let energy = max(
        values.reduce(0.0) { $0 + Double($1) * Double($1) }, Double.leastNormalMagnitude)
      items.append(
        GlobalBudget.Item(
          grid: grid, energyShares: values.map { Double($0) * Double($0) / energy }))
    }
    let share = settings.number("keep") ?? settings.number("compression").map { 1 - $0 }
    let parameters =
      settings.integer("max_parameters") ?? Int((share ?? 1) * Double(dense))
    return try GlobalBudget.ranks(items, parameters: parameters)
  }

  private static func cost(_ plan: CompressionPlan, sweeps: Int) -> CostEstimate {
    var flops = 0.0
    var bytes = 0
    for item in plan.items {
      let (m, n) = (Double(item.rows), Double(item.columns))
      let (b1, b2) = item.blocks.map { (Double($0.rows), Double($0.columns)) } ?? (12, 12)
      let r = Double(item.rank ?? min(item.rows, item.columns) / 4)
      let perSweep = 4 * m * n * r + (b1 + b2 + b1 * b2) * r * r * r / 3 + 2 * (m + n) * r * r
      flops += perSweep * Double(min(sweeps, 120)) + 30 * m * n * min(m, n)
      let width = item.tensor.elementType == .float64 ? 8 : 4
      let scratch = 3 * (item.rows * Int(b2) + item.columns * Int(b1)) * Int(r)
      bytes = max(bytes, (scratch + 6 * item.rows * item.columns) * width)
    }
    return CostEstimate(flops: flops, bytes: bytes, isParallel: true)
  }

  private static func derived(_ plan: CompressionPlan) -> JSONObject {
    func one(_ item: CompressionPlan.Item) -> JSONObject {
      guard let grid = item.grid, let rank = item.rank else { return [:] }
      return BlastReport.accounting(grid, rank: rank)
    }
    if plan.isSingle { return one(plan.items[0]) }
    var tensors = JSONObject()
    for item in plan.items { tensors[item.name] = .object(one(item)) }
    return [
      "tensors": .object(tensors), "skipped": .array(plan.skipped.map { .string($0) }),
    ]
  }
}
