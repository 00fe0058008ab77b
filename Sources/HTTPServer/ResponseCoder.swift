import HTTP
import HTTPTypes

/// Codes the bodies of answers that are worth it and that the client takes coded.
///
/// Up to 64 KB the calling thread does it (below 1 ms); more goes to a request thread, so that
/// neither a loop nor a compute worker spends its time on it.
struct ResponseCoder: Sendable {
  private static let inlineBytes = 65_536

  let pool: RequestPool
  let minimum: Int

  private enum Plan {
    case ready(Response)
    case code(Response, ContentCoding, count: Int)
  }

  /// Calls `send` with the response, coded where it should be, now or from a request thread.
  func code(
    _ response: Response, for head: RequestHead, send: @escaping @Sendable (Response) -> Void
  ) {
    switch plan(response, head) {
    case .ready(let response): send(response)
    case .code(let response, let coding, let count):
      if count <= Self.inlineBytes { return send(Self.coded(response, coding)) }
      // A pool that has stopped takes nothing more: the answer goes out uncoded.
      pool.submitUrgent { context in
        send(context.isTaken ? Self.coded(response, coding) : response)
      }
    }
  }

  /// The response, coded where it should be; nil where that takes too long for a loop.
  func codedInline(_ response: Response, for head: RequestHead) -> Response? {
    switch plan(response, head) {
    case .ready(let response): response
    case .code(let response, let coding, let count):
      count <= Self.inlineBytes ? Self.coded(response, coding) : nil
    }
  }

  private func plan(_ response: Response, _ head: RequestHead) -> Plan {
    guard response.isCompressible else { return .ready(response) }
    var response = response
    Self.addVary(&response.fields)
    let coding = ContentCoding.preferred(acceptEncoding: head[.acceptEncoding])
    guard coding != .identity, response.fields[.contentEncoding] == nil,
      let count = response.body.count, count >= minimum, response.status.code != 206
    else { return .ready(response) }
    switch response.body {
    case .bytes, .shared: return .code(response, coding, count: count)
    case .none, .file, .prefixed, .stream: return .ready(response)
    }
  }

  private static func coded(_ response: Response, _ coding: ContentCoding) -> Response {
    var bytes: [UInt8]?
    switch response.body {
    case .bytes(let plain): bytes = plain.withUnsafeBytes { ContentEncoder.encode($0, coding) }
    case .shared(let owner): owner.withBytes { bytes = ContentEncoder.encode($0, coding) }
    case .none, .file, .prefixed, .stream: break
    }
    guard let bytes else { return response }
    var response = response
    response.body = .bytes(bytes)
    response.fields[.contentEncoding] = coding.rawValue
    if let tag = response.fields[.eTag].flatMap({ EntityTag(parsing: $0) }), !tag.isWeak {
      response.fields[.eTag] = tag.coded(coding).description
    }
    return response
  }

  private static func addVary(_ fields: inout HTTPFields) {
    let present = fields[.vary]
    guard let present, !present.isEmpty else {
      fields[.vary] = "Accept-Encoding"
      return
    }
    if present != "*", !present.lowercased().contains("accept-encoding") {
      fields[.vary] = present + ", Accept-Encoding"
    }
  }
}
