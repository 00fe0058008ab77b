import AlgorithmInterface
import Compute
import JSON
import Service
import Synchronization
import Tensors
import Testing

/// One battery for every entry of the catalogue, over the requests that its documentation shows.
@Suite struct AlgorithmChecksTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let algorithm: any Algorithm
    let example: AlgorithmExample
    var testDescription: String { "\(algorithm.id): \(example.title)" }

    func request() throws -> AlgorithmRequest {
      let document = try JSONDocument.parse(example.body.serialized())
      var inputs = NamedTensors()
      if let members = document.root["inputs"] {
        for (name, element) in members.members() { inputs[name] = try JSONTensor.read(element) }
      }
      return AlgorithmRequest(
        parameters: example.body["params"]?.objectValue ?? JSONObject(), inputs: inputs, seed: 11)
    }
  }

  static let cases: [Case] = Catalogue.standard(processor: "test").all.flatMap { algorithm in
    algorithm.description.examples.map { Case(algorithm: algorithm, example: $0) }
  }

  /// Stops at the check of a number, and counts the checks.
  private final class Stopper: ComputationMonitor {
    let limit: Int
    private let checks = Atomic<Int>(0)

    init(at limit: Int) { self.limit = limit }

    var count: Int { checks.load(ordering: .relaxed) }

    func stopReason() -> ComputationStopped.Reason? {
      checks.wrappingAdd(1, ordering: .relaxed).newValue > limit ? .cancelled : nil
    }

    func progress(fraction: Double, step: Int?, total: Int?, message: String?) {}
  }

  private func outputs(
    _ one: Case, _ executor: any ParallelExecutor = SerialExecutor()
  ) throws -> NamedTensors {
    let request = try one.request()
    let context = ComputeContext(seed: request.seed, executor: executor)
    return try one.algorithm.prepare(request).run(context).outputs
  }

  @Test func everyAlgorithmShowsARequest() {
    for algorithm in Catalogue.standard(processor: "test").all {
      #expect(!algorithm.description.examples.isEmpty, "\(algorithm.id)")
    }
  }

  @Test(arguments: cases) func theSameSeedGivesTheSameBytes(_ one: Case) throws {
    let pool = ComputePool(threads: 2, niceness: 0)
    defer { pool.shutdown() }
    let first = try outputs(one)
    #expect(try outputs(one) == first)
    #expect(try outputs(one, pool.executor(width: 2)) == first)
    for (name, tensor) in first where one.algorithm.id != "cluster" {
      #expect(tensor.firstNonFinite() == nil, "\(name)")
    }
  }

  @Test(arguments: cases) func stopsAtEveryCheckpoint(_ one: Case) throws {
    let prepared = try one.algorithm.prepare(try one.request())
    let whole = Stopper(at: .max)
    _ = try prepared.run(ComputeContext(seed: 11, monitor: whole))
    guard whole.count > 0 else {
      // A vector of a few elements is done before anybody could ask: 1e6 operations are 50 µs.
      #expect(prepared.cost.flops < 1e6, "never asks whether to go on")
      return
    }
    var places = Set([0, 1, 2, 3, 5, 8, whole.count / 2, whole.count - 1])
    places = places.filter { $0 >= 0 && $0 < whole.count }
    for place in places {
      let stopper = Stopper(at: place)
      #expect(throws: AlgorithmFailure.stopped(ComputationStopped(reason: .cancelled))) {
        _ = try prepared.run(ComputeContext(seed: 11, monitor: stopper))
      }
    }
  }

  @Test(arguments: cases) func refusesNonFiniteElementsByTheirIndex(_ one: Case) throws {
    let request = try one.request()
    for (name, tensor) in request.inputs where tensor.elementType.isFloating {
      for value in [Double.nan, .infinity] {
        var values = tensor.float64Values()
        guard !values.isEmpty else { continue }
        values[values.count - 1] = value
        var bad = request
        bad.inputs[name] = Tensor(shape: tensor.shape, float64: values)
        let index = tensor.shape.map { "\($0 - 1)" }.joined(separator: "/")
        refuses(one, bad, at: ["/inputs/\(name)/\(index)"])
      }
    }
  }

  @Test(arguments: cases) func refusesEmptyAndMisshapenInputsByName(_ one: Case) throws {
    let request = try one.request()
    for (name, tensor) in request.inputs {
      for shape in [[0], [0, 3], [3, 0], [1, 1, 1, 1, 1, 1, 1]] {
        var bad = request
        let count = shape.reduce(1, *)
        bad.inputs[name] = Tensor(shape: shape, float64: Array(repeating: 1, count: count))
        if tensor.shape == shape { continue }
        refuses(one, bad, below: "/inputs/\(name)")
      }
    }
  }

  @Test(arguments: cases) func refusesUnknownParams(_ one: Case) throws {
    var request = try one.request()
    request.parameters["no_such_param"] = 1
    refuses(one, request, at: ["/params/no_such_param"])
  }

  @Test(arguments: cases) func aSingleElementIsRunOrRefused(_ one: Case) throws {
    var request = try one.request()
    guard let name = request.inputs.names.first, let tensor = request.inputs[name] else { return }
    request.inputs[name] = Tensor(
      shape: Array(repeating: 1, count: tensor.shape.count), float64: [1])
    do {
      let result = try one.algorithm.prepare(request).run(ComputeContext(seed: 1))
      #expect(!result.outputs.isEmpty)
    } catch let rejection as RequestRejection {
      #expect(!rejection.issues.isEmpty)
    } catch AlgorithmFailure.numerical(let code, let detail, _) {
      #expect(!code.isEmpty && !detail.isEmpty)
    }
  }

  private func refuses(
    _ one: Case, _ request: AlgorithmRequest, at places: [String] = [], below: String? = nil
  ) {
    do throws(RequestRejection) {
      _ = try one.algorithm.prepare(request)
      Issue.record("\(one.testDescription): taken")
    } catch {
      let found = error.issues.map(\.pointer.description)
      for place in places { #expect(found.contains(place), "\(one.testDescription): \(found)") }
      if let below {
        #expect(
          found.contains { $0.hasPrefix(below) }, "\(one.testDescription): \(found)")
      }
    }
  }
}
