import AlgorithmInterface
import HTTP
import HTTPTypes
import JSON
import Settings
import Tensors

/// `/v1/algorithms`: what is offered, as documents.
struct AlgorithmRoutes {
  let core: ServiceCore

  var routes: [Route] {
    let list = RenderedDocument(Self.list(core))
    let documents = Dictionary(
      uniqueKeysWithValues: core.catalogue.all.map { algorithm in
        let document = Self.document(algorithm, core.settings.limits)
        return (algorithm.id, RenderedDocument(.object(document)))
      })
    return [
      Route(
        .get, "/v1/algorithms", scope: .read,
        RouteDocumentation(
          "algorithms", "The algorithms.",
          answers: [.json(200, "All of them.", "AlgorithmList"), .init(304, "Unchanged.")])
      ) { (call) throws(Problem) in try list.response(to: call.head) },
      Route(
        .get, "/v1/algorithms/{algorithm}", scope: .read,
        RouteDocumentation(
          "algorithms", "An algorithm: its params, inputs, outputs, limits and examples.",
          answers: [.json(200, "The description.", "Algorithm"), .init(304, "Unchanged.")],
          problems: [404])
      ) { [core] (call) throws(Problem) in
        guard let document = documents[call.segment("algorithm")] else {
          throw core.unknownAlgorithm(call)
        }
        return try document.response(to: call.head)
      },
    ]
  }

  private static func list(_ core: ServiceCore) -> JSONValue {
    let items = core.catalogue.all.map { algorithm -> JSONValue in
      let description = algorithm.description
      return [
        "id": .string(description.id), "title": .string(description.title),
        "version": .string(description.version), "summary": .string(description.summary),
        "links": .object(links(description.id)),
      ]
    }
    return ["items": .array(items)]
  }

  private static func links(_ id: String) -> JSONObject {
    let path = "/v1/algorithms/\(id)"
    return [
      "self": .string(path), "execution": .string(path + "/execution"),
      "validate": .string(path + "/validate"),
    ]
  }

  static func document(
    _ algorithm: any Algorithm, _ limits: ServiceSettings.Limits
  ) -> JSONObject {
    let description = algorithm.description
    var params: JSONObject = ["$schema": "https://json-schema.org/draft/2020-12/schema"]
    for (name, value) in description.parameters.jsonSchema.objectValue ?? JSONObject() {
      params[name] = value
    }
    var bounds: JSONObject = [
      "body_bytes": .integer(Int64(limits.body)),
      "decoded_body_bytes": .integer(Int64(limits.decodedBody)),
      "tensor_elements": .integer(Int64(limits.tensorElements)),
    ]
    for (name, value) in description.limits { bounds[name] = value }
    return [
      "id": .string(description.id), "title": .string(description.title),
      "version": .string(description.version), "summary": .string(description.summary),
      "params_schema": .object(params),
      "inputs": .array(description.inputs.map(tensor)),
      "outputs": .array(description.outputs.map(tensor)), "limits": .object(bounds),
      "modes": ["sync", "async"], "deterministic": true, "cacheable": true,
      "examples": .array(
        description.examples.map { ["title": .string($0.title), "body": $0.body] }),
      "reference": .string(description.reference), "links": .object(links(description.id)),
    ]
  }

  private static func tensor(_ specification: TensorSpecification) -> JSONValue {
    [
      "name": .string(specification.name), "summary": .string(specification.summary),
      "dtypes": .array(specification.elementTypes.map { .string($0.rawValue) }),
      "rank": [
        "minimum": .integer(Int64(specification.ranks.lowerBound)),
        "maximum": .integer(Int64(specification.ranks.upperBound)),
      ],
      "shape": .string(specification.shapeRule), "required": .bool(specification.isRequired),
    ]
  }
}

extension ServiceCore {
  /// The algorithm that a path names.
  func algorithm(_ call: Call) throws(Problem) -> any Algorithm {
    guard let algorithm = catalogue[call.segment("algorithm")] else {
      throw unknownAlgorithm(call)
    }
    return algorithm
  }

  func unknownAlgorithm(_ call: Call) -> Problem {
    Problem(
      .notFound,
      "There is no algorithm \"\(call.segment("algorithm"))\"; there are "
        + "\(catalogue.ids.joined(separator: ", ")).")
  }
}
