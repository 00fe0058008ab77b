import AlgorithmInterface
import Compute
import JSON
import Tensors
import TestSupport
import Testing
import WeightedPagingAPI

@Suite struct PagingAlgorithmTests {
  private let algorithm = PagingAlgorithm()

  private func prepare(
    _ parameters: JSONObject, trace: [Int64]? = [0, 1, 2, 0, 1, 3, 0, 1, 2, 0],
    weights: [Double]? = nil, seed: UInt64 = 0
  ) throws(RequestRejection) -> any PreparedComputation {
    var inputs = NamedTensors()
    inputs["trace"] = trace.map { Tensor(shape: [$0.count], int64: $0) }
    inputs["weights"] = weights.map { Tensor(shape: [$0.count], float64: $0) }
    return try algorithm.prepare(
      AlgorithmRequest(parameters: parameters, inputs: inputs, seed: seed))
  }

  @Test func reportsEveryPolicyAndTheOptimum() throws {
    let every: JSONValue = """
      lru,fifo,lfu,marking,landlord,landlord-mean,gdsf,gdsf-mean,randomised-greedydual,bbn,owp,\
      owp-predictions,owp-frequency,belady,opt
      """
    let prepared = try prepare(
      ["capacity": [2, 3], "policies": every, "curve_points": 5, "replications": 2],
      weights: [0.5, 0.25, 1, 0.125])
    let result = try prepared.run(ComputeContext(executor: BackwardExecutor()))
    let rows = try #require(result.report["results"]?.arrayValue)
    #expect(rows.count == 30)
    for row in rows {
      let ratio = try #require(row["ratio_to_opt"]?.doubleValue)
      #expect(ratio >= 1 - 1e-12, "\(row)")
    }
    #expect(result.report["opt"]?.arrayValue?.count == 2)
    // First fetches of 0, 1, 2, 3 cost 1.875; with two slots 0 or 1 and 2 come again.
    #expect(result.report["opt"]?[0]?["exact"]?.boolValue == true)
    let curve = try #require(result.outputs["curve.owp.2"])
    #expect(curve.shape == [5, 2])
    #expect(curve.float64Values()[8] == 10)
    #expect(result.outputs["curve.lru"] == nil)
  }

  @Test func sameSeedGivesTheSameCurvesOnAnyExecutor() throws {
    let parameters: JSONObject = [
      "capacity": 8, "policies": ["owp", "marking"], "replications": 3,
      "cost_samples": ["distribution": "beta"], "weights": ["log_uniform": JSONValue.object([:])],
      "generator": ["kind": "phases", "pages": 60, "length": 3000],
    ]
    let first = try prepare(parameters, trace: nil, seed: 5).run(ComputeContext())
    let second = try prepare(parameters, trace: nil, seed: 5).run(
      ComputeContext(seed: 9, executor: BackwardExecutor()))
    let other = try prepare(parameters, trace: nil, seed: 6).run(ComputeContext())
    #expect(first.outputs == second.outputs)
    #expect(first.outputs != other.outputs)
  }

  @Test(arguments: [
    "zipf", "uniform", "loop", "phases", "adversary",
  ])
  func generatesTraces(kind: String) throws {
    let prepared = try prepare(
      ["capacity": 5, "generator": ["kind": .string(kind), "length": 400]], trace: nil)
    #expect(prepared.derived["requests"]?.integerValue == 400)
    _ = try prepared.run(ComputeContext())
  }

  @Test func spellingsOfOneRequestAreCanonicallyEqual() throws {
    let list = try prepare(["capacity": [4], "policies": ["lru", "owp"]])
    let text = try prepare(["capacity": 4, "policies": "lru, owp", "mode": "owed"])
    #expect(list.parameters == text.parameters)
  }

  @Test func readsTextWithNumbersOrNames() throws {
    func numbers(_ text: String) throws -> [Int64]? {
      try algorithm.inputs(fromText: SharedBytes(Array(text.utf8)))?["trace"]?.int64Values()
    }
    #expect(try numbers("3\n1\r\n\n 3 \n-7") == [3, 1, 3, -7])
    #expect(try numbers("a\nb\na\n12\n") == [0, 1, 0, 2])
    #expect(throws: RequestRejection.self) { try numbers("\n\n") }
    #expect(throws: RequestRejection.self) { try numbers(String(repeating: "x", count: 257)) }
  }

  @Test(
    arguments: [
      (["policies": "lru"], "/params/capacity"),
      (["capacity": 0], "/params/capacity"),
      (["capacity": 4, "policies": "lru,best"], "/params/policies"),
      (["capacity": 4, "policies": ["lru", "lru"]], "/params/policies"),
      (["capacity": [4, 4]], "/params/capacity"),
      (["capacity": 4, "states": 65], "/params/states"),
      (["capacity": 4, "confidence": 0], "/params/confidence"),
      (["capacity": 4, "max_cost": -1], "/params/max_cost"),
      (["capacity": 4, "replication": 3], "/params/replication"),
      (["capacity": 4, "generator": ["kind": "loop"]], "/params/generator"),
      (["capacity": 4, "cost_samples": ["spread": 0.5]], "/params/cost_samples"),
    ] as [(JSONObject, String)])
  func refusesWithThePointer(parameters: JSONObject, pointer: String) {
    do throws(RequestRejection) {
      _ = try prepare(parameters)
      Issue.record("accepted \(parameters)")
    } catch {
      #expect(error.issues.contains { "\($0.pointer)".hasPrefix(pointer) }, "\(error)")
    }
  }

  @Test func refusesInputsThatDoNotFit() {
    #expect(throws: RequestRejection.self) { try prepare(["capacity": 2], trace: []) }
    #expect(throws: RequestRejection.self) { try prepare(["capacity": 2], trace: nil) }
    #expect(throws: RequestRejection.self) {
      try prepare(["capacity": 2], weights: [1, 1, 1])  // page 3 has none
    }
    #expect(throws: RequestRejection.self) {
      try prepare(["capacity": 2], weights: [1, 1, 0, 1])
    }
  }

  @Test(arguments: 0..<6)
  func stopsAtEachCheckpoint(question: Int) throws {
    let prepared = try prepare(
      [
        "capacity": 20, "policies": ["lru", "owp", "opt"],
        "generator": ["kind": "zipf", "length": 5000],
      ], trace: nil)
    let monitor = StoppingMonitor(stopAt: question)
    #expect(throws: AlgorithmFailure.stopped(ComputationStopped(reason: .cancelled))) {
      try prepared.run(ComputeContext(monitor: monitor))
    }
  }

  @Test func progressGrowsToTheWhole() throws {
    let prepared = try prepare(
      [
        "capacity": 20, "policies": ["lru", "owp"],
        "generator": ["kind": "zipf", "length": 5000],
      ], trace: nil)
    let monitor = StoppingMonitor()
    _ = try prepared.run(ComputeContext(monitor: monitor))
    #expect(monitor.fractions == monitor.fractions.sorted())
    #expect((monitor.fractions.last ?? 0) > 0.99)
  }

  @Test func examplesRun() throws {
    for example in algorithm.description.examples {
      let parameters = try #require(example.body["params"]?.objectValue)
      let trace = example.body["inputs"]?["trace"]?.doubles?.map { Int64($0) }
      _ = try prepare(parameters, trace: trace).run(ComputeContext())
    }
  }
}
