import HTTP
import HTTPTypes
import JSON
import Jobs
import Observability
import Tensors

/// Sends a stored result in the form a caller wants.
struct ResultEncoder {
  private let handle: ResultHandle
  private let job: JobRecord
  private let wish: ResultWish
  private let head: RequestHead
  private let digests: DigestMemory
  /// Of the stored bytes. One that is not known yet is a pass over them, which takes longer than
  /// sending them does: it is made for who asks for it (RFC 9530, section 4).
  private let digest: SHA256Digest?

  init(
    handle: ResultHandle, job: JobRecord, wish: ResultWish, head: RequestHead,
    digests: DigestMemory
  ) {
    self.handle = handle
    self.job = job
    self.wish = wish
    self.head = head
    self.digests = digests
    if case .memory(let bytes) = handle.location, handle.digest == nil, Self.wantsDigest(head) {
      digest = SHA256Digest(of: bytes)
    } else {
      digest = handle.digest
    }
  }

  /// `Want-Content-Digest` gives sha-256 a weight.
  private static func wantsDigest(_ head: RequestHead) -> Bool {
    (head[.wantContentDigest] ?? "").split(separator: ",").contains { member in
      let wish = member.filter { $0 != " " && $0 != "\t" }.lowercased()
      return wish.hasPrefix("sha-256=") && wish != "sha-256=0"
    }
  }

  /// The answer: 200, 206 or 304.
  func response() throws(Problem) -> Response {
    // The commonest binary answer is the stored file: nothing is read or decoded for it.
    if wish.output == nil, try wish.format(outputs: nil) == .safetensors {
      return try stored()
    }
    if let response = try storedTensor() { return response }
    let result = try StoredResult(reading: handle)
    let format = try wish.format(outputs: result.outputs.names)
    let tag = tag(format)
    if let unchanged = Representation.unchanged(head, tag, isText: format == .json) {
      return marked(unchanged)
    }
    switch format {
    case .json:
      return marked(
        try Representation(
          head: head, type: format.mediaType, tag: tag, content: .bytes(json(result)),
          isText: true
        ).response())
    case .safetensors: return try binary(Safetensors.write(chosen(result)), format, tag)
    case .npz: return try binary(NPZ.write(chosen(result)), format, tag)
    case .npy:
      guard let tensor = chosen(result).first?.tensor else {
        throw Problem(.notAcceptable, "The result has no tensors.")
      }
      return try binary(NPY.write(tensor), format, tag)
    }
  }

  private func binary(
    _ bytes: [UInt8], _ format: ResultFormat, _ tag: EntityTag?
  ) throws(Problem) -> Response {
    marked(
      try Representation(head: head, type: format.mediaType, tag: tag, content: .bytes(bytes))
        .response())
  }

  private func stored() throws(Problem) -> Response {
    let tag = tag(.safetensors)
    if let unchanged = Representation.unchanged(head, tag) { return marked(unchanged) }
    let content: Representation.Content
    switch handle.location {
    case .memory(let bytes): content = .bytes(bytes)
    case .file(let path): content = .file(FileRegion(try StoredResult.open(path)))
    }
    return marked(
      try Representation(
        head: head, type: MediaTypes.safetensors, tag: tag, content: content,
        digest: digest
      ).response())
  }

  /// One tensor of a stored file as npy, its data sent from where it is; nil where the answer is
  /// another.
  private func storedTensor() throws(Problem) -> Response? {
    guard case .file(let path) = handle.location, try wish.format(outputs: nil) == .npy else {
      return nil
    }
    let file = try StoredResult.open(path)
    let start = FileRegion(file, count: min(8, file.byteCount)).contents()
    guard let end = Safetensors.headerEnd(start), end <= file.byteCount,
      let places = try? Safetensors.places(FileRegion(file, count: end).contents()),
      try wish.format(outputs: places.map(\.name)) == .npy,
      let place = places.first(where: { wish.output == nil || $0.name == wish.output }),
      place.range.upperBound <= file.byteCount,
      let preamble = NPY.preamble(of: place.elementType, shape: place.shape)
    else { return nil }
    let tag = self.tag(.npy)
    if let unchanged = Representation.unchanged(head, tag) { return marked(unchanged) }
    let region = FileRegion(file, offset: place.range.lowerBound, count: place.range.count)
    var representation = Representation(
      head: head, type: MediaTypes.npy, tag: tag, content: .prefixed(preamble, region))
    representation.digest = tag.map { tag in
      digests.digest(tag.description) { representation.digestOfContent }
    }
    return marked(try representation.response())
  }

  /// Names one representation: the stored bytes, the form, and what else it depends on.
  private func tag(_ format: ResultFormat) -> EntityTag? {
    guard let digest else { return nil }
    var name = "\(digest.hexadecimal.prefix(40))-\(format.rawValue)"
    if format == .json && wish.usesBase64 { name += "-base64" }
    if let output = wish.output {
      name += "-" + SHA256Digest(of: Array(output.utf8)).hexadecimal.prefix(16)
    }
    return EntityTag(name)
  }

  private func marked(_ response: Response) -> Response {
    var response = response
    response.fields[.vary] = "Accept, Accept-Encoding"
    response.fields[.cacheControl] = "private, no-cache"
    response.fields[.jobID] = job.id.description
    return response
  }

  private func chosen(_ result: StoredResult) -> NamedTensors {
    guard let name = wish.output, let tensor = result.outputs[name] else { return result.outputs }
    return [name: tensor]
  }

  private func json(_ result: StoredResult) -> [UInt8] {
    let outputs = chosen(result)
    let elements = outputs.reduce(0) { $0 + $1.tensor.count }
    var writer = JSONWriter(capacity: 1024 + result.report.utf8.count + elements * 12)
    writer.object { writer in
      writer.member("job_id", .string(job.id.description))
      writer.member("algorithm", .string(result.algorithm))
      writer.member("version", .string(result.version))
      writer.key("outputs")
      writer.object { writer in
        for (name, tensor) in outputs {
          writer.key(name)
          if wish.usesBase64 {
            JSONTensor.writeBase64(tensor, to: &writer)
          } else {
            JSONTensor.write(tensor, to: &writer)
          }
        }
      }
      writer.key("report")
      writer.raw(Array(result.report.utf8))
    }
    return writer.finish()
  }
}

extension HTTPField.Name {
  static let jobID = named("X-Job-Id")
  static let contentDigest = named("Content-Digest")
  static let reprDigest = named("Repr-Digest")
  static let wantContentDigest = named("Want-Content-Digest")
  static let cacheStatus = named("Cache-Status")
  static let tensorDtype = named("X-Tensor-Dtype")
  static let tensorShape = named("X-Tensor-Shape")
  static let acceptPost = named("Accept-Post")
  static let link = named("Link")
  static let idempotencyReplayed = named("Idempotency-Replayed")
  static let traceparent = named("traceparent")
  static let lastEventID = named("Last-Event-ID")

  static func named(_ name: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(name) else { preconditionFailure("not a field name: \(name)") }
    return name
  }
}
