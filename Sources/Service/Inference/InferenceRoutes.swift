import AlgorithmInterface
import HTTP
import HTTPTypes
import JSON
import Jobs
import Settings
import Synchronization
import Tensors

/// `/v2`: the Open Inference Protocol with its binary tensor extension; always synchronous.
struct InferenceRoutes {
  let core: ServiceCore

  /// Simulations are no models: their input is a trace, their answer a report.
  private static let excluded: Set<String> = ["paging"]
  /// A synchronous answer is waited for as long as the client does.
  private static let waitMilliseconds: Int64 = 24 * 3_600_000

  private static func documentation(_ summary: String, _ problems: [Int] = [])
    -> RouteDocumentation
  {
    RouteDocumentation(
      "inference", summary, answers: [.json(200, summary, "Object")], problems: problems)
  }

  var routes: [Route] {
    let core = core
    var infer = Route(
      .post, "/v2/models/{algorithm}/infer", scope: .submit, bodyLimit: nil,
      RouteDocumentation(
        "inference", "Run an algorithm.",
        answers: [
          .init(
            200, "The outputs.",
            [
              (MediaTypes.json, OpenAPIComponents.reference("Object")),
              (MediaTypes.octets, OpenAPIComponents.binary),
            ])
        ],
        request: [
          (MediaTypes.json, OpenAPIComponents.reference("Object")),
          (MediaTypes.octets, OpenAPIComponents.binary),
        ], problems: [400, 404, 413, 422, 503, 504])
    ) { (exchange) throws(Problem) in try self.infer(exchange) }
    infer.precheck = { (call: Call) throws(Problem) -> (any Sendable)? in
      _ = try Self.model(call, core)
      try core.refuseWhileDraining()
      return nil
    }
    return [
      infer,
      Route(.get, "/v2", scope: .read, Self.documentation("The server.")) {
        (_: Call) throws(Problem) in
        .json([
          "name": "matquay", "version": .string(core.build.version),
          "extensions": ["binary_tensor_data"],
        ])
      },
      Route(.get, "/v2/health/live", scope: .read, Self.documentation("Alive.")) {
        (_: Call) throws(Problem) in .json(["live": true])
      },
      Route(.get, "/v2/health/ready", scope: .read, Self.documentation("Ready.", [503])) {
        (_: Call) throws(Problem) in
        let isReady = core.isReady
        return .json(
          ["ready": .bool(isReady)], status: isReady ? .ok : .serviceUnavailable)
      },
      Route(
        .get, "/v2/models/{algorithm}", scope: .read, Self.documentation("A model.", [404])
      ) { (call: Call) throws(Problem) in .json(Self.document(try Self.model(call, core))) },
      Route(
        .get, "/v2/models/{algorithm}/ready", scope: .read,
        Self.documentation("Whether a model is ready.", [404])
      ) { (call: Call) throws(Problem) in
        let algorithm = try Self.model(call, core)
        return .json(
          ["name": .string(algorithm.id), "ready": .bool(core.isReady)],
          status: core.isReady ? .ok : .serviceUnavailable)
      },
    ]
  }

  private static func model(_ call: Call, _ core: ServiceCore) throws(Problem) -> any Algorithm {
    let algorithm = try core.algorithm(call)
    guard !excluded.contains(algorithm.id) else {
      throw Problem(.notFound, "\(algorithm.id) is not offered as a model.")
    }
    return algorithm
  }

  private static func document(_ algorithm: any Algorithm) -> JSONValue {
    let description = algorithm.description
    return [
      "name": .string(description.id), "versions": [.string(description.version)],
      "platform": "matquay", "inputs": .array(description.inputs.map(tensor)),
      "outputs": .array(description.outputs.map(tensor)),
    ]
  }

  private static func tensor(_ specification: TensorSpecification) -> JSONValue {
    let rank = min(specification.ranks.upperBound, 8)
    return [
      "name": .string(specification.name),
      "datatype": .string((specification.elementTypes.first ?? .float64).inferenceName),
      "shape": .array(Array(repeating: -1, count: rank)),
    ]
  }

  private func infer(_ exchange: Exchange) throws(Problem) -> Response? {
    guard !exchange.body.isEmpty else { throw .invalid(.root, "The request has no body.") }
    let algorithm = try Self.model(exchange.call, core)
    let request = try InferenceRequest(
      exchange, algorithm.description, core.settings.limits.tensorLimits)
    let question = try Question(
      request.request, request.options, algorithm, core, owner: exchange.call.caller.id,
      bodyBytes: exchange.body.count)
    let answer = InferenceAnswer(core, request)
    let deadline = core.clock.now().adding(milliseconds: Self.waitMilliseconds)
    let job = core.engine.submit(
      question.submission(owner: exchange.call.caller.id), waitUntil: deadline
    ) { result in
      exchange.send(result, as: answer.response)
    }
    let engine = core.engine
    exchange.onDisconnect { engine.abandon(job) }
    return nil
  }
}
