import AlgorithmInterface
import HTTPTypes
import JSON

/// The published interface (OpenAPI 3.1), made from the routes and the algorithms' own schemas.
struct OpenAPIDocument {
  let routes: [Route]
  let catalogue: Catalogue
  let build: BuildInformation

  var value: JSONValue {
    var paths = JSONObject()
    for route in routes {
      for (pattern, algorithm) in placements(of: route) {
        var item = paths[pattern]?.objectValue ?? JSONObject()
        item[route.method.rawValue.lowercased()] = .object(
          operation(route, pattern, algorithm))
        paths[pattern] = .object(item)
      }
    }
    return [
      "openapi": "3.1.0",
      "info": [
        "title": "Matquay", "version": .string(build.version),
        "summary": "Numerical algorithms on matrices, networks and traces.",
        "description":
          "Unknown members and unknown query parameters are refused. Errors are RFC 9457 problem documents; each `type` is a page.",
        "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
      ],
      "servers": [["url": "/"]],
      "tags": .array(tags),
      "paths": .object(paths),
      "components": .object(components),
    ]
  }

  /// Where a route stands: routes of an algorithm's own work once for each algorithm, because
  /// their bodies differ.
  private func placements(of route: Route) -> [(String, (any Algorithm)?)] {
    guard case .parameters = route.query else { return [(route.pattern.starless, nil)] }
    return catalogue.all.map { algorithm in
      (route.pattern.replacing("{algorithm}", with: algorithm.id), algorithm)
    }
  }

  private func operation(
    _ route: Route, _ pattern: String, _ algorithm: (any Algorithm)?
  ) -> JSONObject {
    let documentation = route.documentation
    var operation: JSONObject = [
      "operationId": .string(Self.operationID(route.method, pattern)),
      "tags": [.string(documentation.tag)], "summary": .string(documentation.summary),
    ]
    let parameters = pathParameters(pattern) + queryParameters(route, algorithm)
    if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
    let bodies = algorithm.map { requestBodies(of: $0) } ?? documentation.request
    if !bodies.isEmpty {
      operation["requestBody"] = ["required": true, "content": Self.content(bodies)]
    }
    operation["responses"] = .object(responses(route, algorithm != nil))
    if let scope = route.scope {
      operation["security"] = [["key": []], [:]]
      operation["x-scope"] = .string(scope.rawValue)
    } else {
      operation["security"] = []
    }
    return operation
  }

  private func pathParameters(_ pattern: String) -> [JSONValue] {
    pattern.split(separator: "/").filter { $0.hasPrefix("{") }.map { segment in
      let name = String(segment.dropFirst().dropLast())
      return [
        "name": .string(name), "in": "path", "required": true, "schema": ["type": "string"],
      ]
    }
  }

  private func queryParameters(_ route: Route, _ algorithm: (any Algorithm)?) -> [JSONValue] {
    switch route.query {
    case .only(let parameters): return parameters.map(Self.query)
    case .parameters:
      guard let algorithm else { return [] }
      let own = ResultWish.parameters.map(Self.query)
      let options = SubmissionOptions.parameters.filter { $0.name != "labels" }.map {
        Self.query(QueryParameter($0.name, $0.schema, $0.summary))
      }
      return own + options
        + algorithm.description.parameters.memberNames.map { name in
          [
            "name": .string(name), "in": "query", "required": false,
            "description": "As in `params`; lists and objects as JSON text. Not with a JSON body.",
            "content": [
              "application/json": [
                "schema": [
                  "$ref": .string(
                    "#/components/schemas/\(algorithm.id)-params/properties/\(name)")
                ]
              ]
            ],
          ]
        }
    }
  }

  private static func query(_ parameter: QueryParameter) -> JSONValue {
    let schema = parameter.schema.jsonSchema
    return [
      "name": .string(parameter.name), "in": "query", "required": false,
      "description": .string(parameter.summary),
      "schema": parameter.repeats ? ["type": "array", "items": schema] : schema,
    ]
  }

  private func requestBodies(
    of algorithm: any Algorithm
  ) -> [(type: String, schema: JSONValue)] {
    let document = OpenAPIComponents.reference("\(algorithm.id)-request")
    let form: JSONValue = [
      "type": "object", "properties": ["params": ["type": "string"]],
      "additionalProperties": OpenAPIComponents.binary,
    ]
    return [(MediaTypes.json, document), (MediaTypes.multipart, form)]
      + [MediaTypes.npy, MediaTypes.npz, MediaTypes.safetensors, MediaTypes.octets].map {
        ($0, OpenAPIComponents.binary)
      }
  }

  private func responses(_ route: Route, _ takesBody: Bool) -> JSONObject {
    var responses = JSONObject()
    for answer in route.documentation.answers {
      var response: JSONObject = ["description": .string(answer.summary)]
      if !answer.content.isEmpty { response["content"] = Self.content(answer.content) }
      responses[String(answer.status)] = .object(response)
    }
    let bodyProblems = takesBody ? [400, 406, 413, 415, 422, 503, 507] : []
    let rateProblems = route.isRateLimited ? [429] : []
    for status in Set(route.documentation.problems + bodyProblems + rateProblems).sorted() {
      let name = status == 429 ? "RateLimited" : "Problem"
      responses[String(status)] = ["$ref": .string("#/components/responses/\(name)")]
    }
    responses["default"] = ["$ref": "#/components/responses/Problem"]
    return responses
  }

  private static func content(_ bodies: [(type: String, schema: JSONValue)]) -> JSONValue {
    .object(JSONObject(bodies.map { (key: $0.type, value: ["schema": $0.schema]) }))
  }

  private var components: JSONObject {
    var schemas = OpenAPIComponents.schemas
    for algorithm in catalogue.all {
      let description = algorithm.description
      var hoist = AnchorHoist(prefix: algorithm.id)
      schemas["\(algorithm.id)-params"] = hoist.rewrite(description.parameters.jsonSchema)
      for (name, schema) in hoist.hoisted { schemas[name] = schema }
      schemas["\(algorithm.id)-request"] = request(description)
    }
    return [
      "schemas": .object(schemas),
      "responses": ["Problem": Self.problem, "RateLimited": Self.rateLimited],
      "securitySchemes": [
        "key": [
          "type": "http", "scheme": "bearer",
          "description": "`mq_ID_SECRET`; not needed where the service runs without keys.",
        ]
      ],
    ]
  }

  private static let problemContent: JSONValue = [
    "application/problem+json": ["schema": OpenAPIComponents.reference("Problem")]
  ]

  private static var problem: JSONValue {
    ["description": "What went wrong.", "content": problemContent]
  }

  /// Where the operator bounds rates; every other answer then has the first two fields as well.
  private static var rateLimited: JSONValue {
    func header(_ description: String, _ type: String) -> JSONValue {
      ["description": .string(description), "schema": ["type": .string(type)]]
    }
    return [
      "description": "The caller's key or address has sent too many requests.",
      "headers": [
        "RateLimit": header("What is left (`r`), and seconds until it is whole (`t`).", "string"),
        "RateLimit-Policy": header("Requests at once (`q`), and in what seconds (`w`).", "string"),
        "Retry-After": header("Seconds until a request is taken again.", "integer"),
      ],
      "content": problemContent,
    ]
  }

  /// The request document of an algorithm.
  private func request(_ description: AlgorithmDescription) -> JSONValue {
    let options = ParameterSchema.object(SubmissionOptions.parameters).jsonSchema
    var properties: JSONObject = [
      "params": OpenAPIComponents.reference("\(description.id)-params"),
      "inputs": OpenAPIComponents.reference("Tensors"),
    ]
    for (name, schema) in options["properties"]?.objectValue ?? JSONObject() {
      properties[name] = schema
    }
    var request: JSONObject = [
      "type": "object", "properties": .object(properties), "additionalProperties": false,
    ]
    if let example = description.examples.first { request["examples"] = [example.body] }
    return .object(request)
  }

  private var tags: [JSONValue] {
    var seen: Set<String> = []
    return routes.map(\.documentation.tag).filter { seen.insert($0).inserted }.map {
      ["name": .string($0)]
    }
  }

  /// `GET /v1/jobs/{id}/results` → `get_v1_jobs_id_results`; `GET /ui/` → `get_ui_index`, since
  /// there is `/ui` too.
  private static func operationID(_ method: HTTPRequest.Method, _ pattern: String) -> String {
    let words = pattern.split { !$0.isLetter && !$0.isNumber }
    let isIndex = !words.isEmpty && pattern.hasSuffix("/")
    return ([method.rawValue.lowercased()] + words.map(String.init) + (isIndex ? ["index"] : []))
      .joined(separator: "_")
  }
}

extension String {
  /// A trailing wildcard as a path parameter, which is all that OpenAPI has.
  fileprivate var starless: String { hasSuffix("/*") ? dropLast() + "{path}" : self }
}
