import HTTP
import HTTPTypes
import JSON
import Jobs

/// `/v1/blobs/sha256-…`: tensor files sent once and referred to by digest.
struct BlobRoutes {
  let core: ServiceCore

  var routes: [Route] {
    var upload = Route(
      .put, "/v1/blobs/{digest}", scope: .submit, bodyLimit: nil,
      RouteDocumentation(
        "blobs", "Upload a tensor file, to refer to it as {\"ref\": …}.",
        answers: [.json(201, "It is kept.", "Blob")],
        request: [MediaTypes.octets, MediaTypes.safetensors, MediaTypes.npy, MediaTypes.npz].map {
          ($0, OpenAPIComponents.binary)
        }, problems: [404, 413, 422, 507])
    ) { (exchange) throws(Problem) in try self.put(exchange) }
    upload.precheck = { (call: Call) throws(Problem) -> (any Sendable)? in
      _ = try Self.digest(call)
      return nil
    }
    return [
      upload,
      Route(
        .get, "/v1/blobs/{digest}", scope: .submit,
        RouteDocumentation(
          "blobs", "The file.",
          answers: [
            .init(200, "Its bytes.", [(MediaTypes.octets, OpenAPIComponents.binary)]),
            .init(206, "A part."), .init(304, "Unchanged."),
          ], problems: [404, 412, 416])
      ) { (exchange) throws(Problem) in try get(exchange) },
    ]
  }

  private func put(_ exchange: Exchange) throws(Problem) -> Response {
    let expected = try Self.digest(exchange.call)
    let bytes = exchange.body.copied()
    _ = try core.asking { () throws(JobError) in
      try core.engine.upload(bytes, expected: expected)
    }
    return .json(
      ["ref": .string(expected.description), "bytes": .integer(Int64(bytes.count))],
      status: .created, fields: [.location: "/v1/blobs/\(expected)"])
  }

  private func get(_ exchange: Exchange) throws(Problem) -> Response {
    let digest = try Self.digest(exchange.call)
    let tag = EntityTag(digest.hexadecimal)
    let file: OpenFile
    do throws(FileOpenError) {
      file = try OpenFile(path: core.engine.blobs.path(of: digest))
    } catch {
      throw Problem(.notFound, "There is no blob \(digest).")
    }
    if let unchanged = Representation.unchanged(exchange.head, tag) { return unchanged }
    var response = try Representation(
      head: exchange.head, type: MediaTypes.octets, tag: tag, content: .file(FileRegion(file)),
      digest: digest
    ).response()
    response.fields[.cacheControl] = "private, max-age=86400, immutable"
    return response
  }

  private static func digest(_ call: Call) throws(Problem) -> SHA256Digest {
    let text = call.segment("digest")
    guard text.hasPrefix("sha256-"), let digest = SHA256Digest(text) else {
      throw Problem(.notFound, "A blob is named sha256- and 64 hexadecimal digits.")
    }
    return digest
  }
}
