import HTTP
import HTTPTypes
import JSON
import Jobs
import Tensors

/// `/v1/jobs/{id}/results` and one tensor of them.
struct ResultRoutes {
  let core: ServiceCore

  var routes: [Route] {
    [
      Route(
        .get, "/v1/jobs/{id}/results", scope: .read, query: .only(ResultWish.parameters),
        RouteDocumentation(
          "results", "The result, in the form that Accept asks for.",
          answers: [
            .init(200, "All outputs and the report.", OpenAPIComponents.resultContent),
            .init(206, "A part of a binary form."), .init(304, "Unchanged."),
          ], problems: [404, 406, 409, 410, 412, 416, 422, 504])
      ) { (exchange) throws(Problem) in try all(exchange) },
      Route(
        .get, "/v1/jobs/{id}/results/{name}", scope: .read,
        RouteDocumentation(
          "results", "One tensor of the result.",
          answers: [
            .init(
              200, "The tensor.",
              [MediaTypes.npy, MediaTypes.safetensors, MediaTypes.octets].map {
                ($0, OpenAPIComponents.binary)
              } + [(MediaTypes.json, OpenAPIComponents.reference("Tensor"))]),
            .init(206, "A part of a binary form."), .init(304, "Unchanged."),
          ], problems: [404, 406, 409, 410, 412, 416])
      ) { (exchange) throws(Problem) in try one(exchange) },
    ]
  }

  private func all(_ exchange: Exchange) throws(Problem) -> Response {
    let call = exchange.call
    let wish = try ResultWish(call)
    let (job, handle) = try result(call)
    return try ResultEncoder(
      handle: handle, job: job, wish: wish, head: call.head, digests: core.digests
    ).response()
  }

  private func result(_ call: Call) throws(Problem) -> (JobRecord, ResultHandle) {
    let job = try core.job(call)
    switch job.state {
    case .queued, .running:
      var problem = Problem(JobError.notFinished(job))
      problem.fields[.retryAfter] = ServiceCore.retryAfter(core.outlook(of: job))
      throw problem
    case .failed, .cancelled: throw Problem(ended: job)
    case .succeeded: break
    }
    return (job, try core.asking { () throws(JobError) in try core.engine.result(of: job) })
  }

  /// The forms of a single tensor, the first being the default.
  private static let forms = [
    MediaTypes.npy, MediaTypes.safetensors, MediaTypes.json, MediaTypes.octets,
  ]

  private func one(_ exchange: Exchange) throws(Problem) -> Response {
    let call = exchange.call
    let offers = Self.forms.compactMap { MediaType($0) }
    guard let type = Accept(call.head[.accept]).best(of: offers) else {
      throw Problem(.notAcceptable, "A tensor is npy, safetensors, JSON or octet-stream.")
    }
    let (_, handle) = try result(call)
    let name = call.segment("name")
    guard let tensor = try StoredResult(reading: handle).outputs[name] else {
      throw Problem(.notFound, "The result has no output \"\(name)\".")
    }
    let part = SHA256Digest(of: Array(name.utf8)).hexadecimal.prefix(16)
    let tag = handle.digest.map {
      EntityTag("\($0.hexadecimal.prefix(40))-\(part)-\(type.subtype)")
    }
    let isText = type.essence == MediaTypes.json
    var response: Response
    if let unchanged = Representation.unchanged(call.head, tag, isText: isText) {
      response = unchanged
    } else {
      response = try Representation(
        head: call.head, type: type.essence, tag: tag,
        content: .bytes(Self.encode(name, tensor, type.essence)), isText: isText
      ).response()
    }
    response.fields[.vary] = "Accept, Accept-Encoding"
    response.fields[.cacheControl] = "private, no-cache"
    response.fields[.tensorDtype] = tensor.elementType.rawValue
    response.fields[.tensorShape] = tensor.shape.map(String.init).joined(separator: ",")
    return response
  }

  private static func encode(_ name: String, _ tensor: Tensor, _ type: String) -> [UInt8] {
    switch type {
    case MediaTypes.npy: return NPY.write(tensor)
    case MediaTypes.safetensors: return Safetensors.write([name: tensor])
    case MediaTypes.json:
      var writer = JSONWriter(capacity: 64 + tensor.count * 12)
      JSONTensor.write(tensor, to: &writer)
      return writer.finish()
    default: return tensor.withRowMajorBytes { Array($0) }
    }
  }
}
