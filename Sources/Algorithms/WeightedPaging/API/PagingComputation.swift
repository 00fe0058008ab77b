import AlgorithmInterface
import Compute
import JSON
import Tensors
import WeightedPaging

/// One checked simulation.
struct PagingComputation: PreparedComputation {
  let parameters: JSONObject
  let inputs: NamedTensors
  private let simulation: PagingSimulation

  init(
    parameters: PagingParameters, inputs: NamedTensors, seed: UInt64, trace: PagingTrace,
    weights: [Double], predictions: [Double]
  ) {
    self.parameters = parameters.canonical
    self.inputs = inputs
    var simulation = PagingSimulation(
      trace: trace, weights: weights, capacities: parameters.capacities,
      policies: parameters.policies)
    simulation.seed = seed
    simulation.replications = parameters.replications
    simulation.costModel = parameters.costModel
    simulation.samples = parameters.samples
    simulation.engine = parameters.engine
    simulation.predictions = predictions
    simulation.curvePoints = parameters.curvePoints
    // Unasked, the optimum is worth a few seconds, not a minute.
    simulation.exactWork =
      parameters.policies.contains(.opt)
      ? OfflineOptimum.exactWork : OfflineOptimum.exactWork / 10
    self.simulation = simulation
  }

  /// Measured: about 5 us a request of the engine's policies, 0.1 us of the others, 80 ns a request
  /// and slot of the optimum; a flop is counted as 1/20 ns.
  var cost: CostEstimate {
    let requests = Double(simulation.trace.requests.count)
    var flops = 0.0
    for capacity in simulation.capacities {
      let work = requests * Double(min(capacity, simulation.trace.pageCount))
      flops += work <= Double(simulation.exactWork) ? 1600 * work : 1000 * requests
      for policy in simulation.policies where policy != .opt {
        let slow = [.owp, .bbn, .owpPredictions, .owpFrequency].contains(policy)
        let runs = policy.isRandom ? Double(simulation.replications) : 1
        flops += requests * runs * (slow ? 1e5 : 2e3)
      }
    }
    let bytes =
      simulation.trace.requests.count * 96 + simulation.trace.pageCount * 600
    return CostEstimate(flops: flops, bytes: bytes, isParallel: true)
  }

  var derived: JSONObject {
    [
      "requests": .integer(Int64(simulation.trace.requests.count)),
      "pages": .integer(Int64(simulation.trace.pageCount)),
    ]
  }

  func run(_ context: ComputeContext) throws(AlgorithmFailure) -> AlgorithmResult {
    let report: PagingReport
    do {
      report = try simulation.run(context)
    } catch {
      throw .stopped(error)
    }
    return AlgorithmResult(outputs: curves(report), report: document(report))
  }

  private func curves(_ report: PagingReport) -> NamedTensors {
    NamedTensors(
      report.curves.map { curve in
        let suffix = simulation.capacities.count > 1 ? ".\(curve.capacity)" : ""
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

  private func document(_ report: PagingReport) -> JSONObject {
    var document = derived
    document["cost_on"] = .string(simulation.costModel.rawValue)
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
