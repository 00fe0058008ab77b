import AlgorithmInterface
import Compute
import JSON
import Tensors
import WeightedPaging

/// One checked simulation.
struct PagingComputation: PreparedComputation {
  let parameters: JSONObject
  let inputs: NamedTensors
  private let settings: PagingParameters
  private let seed: UInt64
  private let source: TraceSource
  private let weights: PageWeights
  private let predictions: [Double]

  init(
    parameters: PagingParameters, inputs: NamedTensors, seed: UInt64, source: TraceSource,
    weights: PageWeights, predictions: [Double]
  ) {
    self.parameters = parameters.canonical
    self.inputs = inputs
    settings = parameters
    self.seed = seed
    self.source = source
    self.weights = weights
    self.predictions = predictions
  }

  /// Unasked, the optimum is worth a few seconds, not a minute.
  private var exactWork: Int {
    settings.policies.contains(.opt)
      ? OfflineOptimum.exactWork : OfflineOptimum.exactWork / 10
  }

  private func simulation(
    _ context: ComputeContext
  ) throws(ComputationStopped) -> PagingSimulation {
    let trace = try source.trace(context)
    let weighed: [Double]
    do throws(PageWeights.MissingWeight) {
      weighed = try weights.weights(for: trace, random: settings.stream(1, seed: seed))
    } catch {
      preconditionFailure("page \(error.page) has no weight, which was checked")
    }
    var simulation = PagingSimulation(
      trace: trace, weights: weighed, capacities: settings.capacities,
      policies: settings.policies)
    simulation.seed = seed
    simulation.replications = settings.replications
    simulation.costModel = settings.costModel
    simulation.samples = settings.samples
    simulation.engine = settings.engine
    simulation.predictions = predictions
    simulation.curvePoints = settings.curvePoints
    simulation.exactWork = exactWork
    return simulation
  }

  /// Measured: about 5 us a request of the engine's policies, 0.1 us of the others, 80 ns a request
  /// and slot of the optimum; a flop is counted as 1/20 ns.
  var cost: CostEstimate {
    let requests = Double(source.requestCount)
    var flops = 0.0
    for capacity in settings.capacities {
      let work = requests * Double(min(capacity, source.pageBound))
      flops += work <= Double(exactWork) ? 1600 * work : 1000 * requests
      for policy in settings.policies where policy != .opt {
        let slow = [.owp, .bbn, .owpPredictions, .owpFrequency].contains(policy)
        let runs = policy.isRandom ? Double(settings.replications) : 1
        flops += requests * runs * (slow ? 1e5 : 2e3)
      }
    }
    let bytes = source.requestCount * 96 + source.pageBound * 600
    return CostEstimate(flops: flops, bytes: bytes, isParallel: true)
  }

  var derived: JSONObject {
    var derived: JSONObject = ["requests": .integer(Int64(source.requestCount))]
    if let pages = source.pageCount { derived["pages"] = .integer(Int64(pages)) }
    return derived
  }

  func run(_ context: ComputeContext) throws(AlgorithmFailure) -> AlgorithmResult {
    do throws(ComputationStopped) {
      let simulation = try simulation(context)
      let report = try simulation.run(context)
      return AlgorithmResult(
        outputs: curves(report), report: document(report, pages: simulation.trace.pageCount))
    } catch {
      throw .stopped(error)
    }
  }

  private func curves(_ report: PagingReport) -> NamedTensors {
    NamedTensors(
      report.curves.map { curve in
        let suffix = settings.capacities.count > 1 ? ".\(curve.capacity)" : ""
        var elements: [Double] = []
        for (requests, cost) in zip(curve.requests, curve.cost) {
          elements += [Double(requests), cost]
        }
        return (
          name: "curve.\(curve.policy.rawValue)\(suffix)",
          tensor: Tensor(shape: [curve.requests.count, 2], float64: elements)
        )
      })
  }

  private func document(_ report: PagingReport, pages: Int) -> JSONObject {
    var document: JSONObject = [
      "requests": .integer(Int64(source.requestCount)), "pages": .integer(Int64(pages)),
    ]
    document["cost_on"] = .string(settings.costModel.rawValue)
    document["results"] = .array(report.rows.map { .object(row($0)) })
    document["opt"] = .array(
      report.optima.map { optimum in
        [
          "capacity": .integer(Int64(optimum.capacity)), "cost": .number(optimum.cost),
          "exact": .bool(optimum.exact),
        ]
      })
    return document
  }

  private func row(_ row: PagingReport.Row) -> JSONObject {
    func number(_ value: Double?) -> JSONValue { value.map(JSONValue.number) ?? .null }
    var members: JSONObject = [
      "policy": .string(row.policy.rawValue), "capacity": .integer(Int64(row.capacity)),
      "runs": .integer(Int64(row.runs)), "fetch_cost": number(row.fetchCost),
      "evict_cost": number(row.evictCost), "misses": number(row.misses),
      "probes": .number(row.probes), "probe_cost": .number(row.probeCost),
      "ratio_to_opt": number(row.ratioToOptimum), "stderr": .number(row.standardError),
      "requests_per_second": .number(row.requestsPerSecond.rounded()),
    ]
    if row.fractionalCost != nil {
      members["fractional_cost"] = number(row.fractionalCost)
      members["owed_max"] = number(row.owedMost)
      members["quanta"] = number(row.quanta)
      members["swaps"] = number(row.swaps)
      members["rescales"] = number(row.rescales)
      members["regret"] = number(row.regret)
    }
    return members
  }
}
