import FoundationEssentials
import HTTP
import HTTPTypes
import Jobs

/// One form of something that can be fetched: with a tag, a digest, and in parts.
struct Representation {
  enum Content {
    case bytes([UInt8])
    case file(FileRegion)
    case prefixed([UInt8], FileRegion)

    var count: Int {
      switch self {
      case .bytes(let bytes): bytes.count
      case .file(let region): region.count
      case .prefixed(let bytes, let region): bytes.count + region.count
      }
    }
  }

  let head: RequestHead
  let type: String
  /// Nil where naming it has to wait: it is sent without a tag or a digest.
  let tag: EntityTag?
  let content: Content
  /// SHA-256 of the content, where it is known already.
  var digest: SHA256Digest?
  /// Text is compressed where the client allows it; then parts of it are not offered, and its
  /// digest is left out, because both would be of the coded bytes (RFC 9530, section 2).
  var isText = false

  /// 304 where the client has this representation (RFC 9110, section 13.1.2).
  static func unchanged(
    _ head: RequestHead, _ tag: EntityTag?, isText: Bool = false
  ) -> Response? {
    let coding =
      isText ? ContentCoding.preferred(acceptEncoding: head[.acceptEncoding]) : .identity
    guard let tag, isRead(head), !isUnwanted(head, tag),
      let known = EntityTagCondition(head[.ifNoneMatch])?.match(tag, coding: coding)
    else { return nil }
    return Response(
      status: .notModified, fields: [.eTag: known.description], isCompressible: isText)
  }

  /// The client wants another one (RFC 9110, section 13.1.1), which comes before what it has.
  private static func isUnwanted(_ head: RequestHead, _ tag: EntityTag?) -> Bool {
    guard let condition = EntityTagCondition(head[.ifMatch]) else { return false }
    return !(tag.map { condition.stronglyMatches($0) } ?? condition.isAny)
  }

  /// - Throws: 412 where the client wants another one.
  static func check(_ head: RequestHead, _ tag: EntityTag?) throws(Problem) {
    if isRead(head), isUnwanted(head, tag) {
      throw Problem(.preconditionFailed, "If-Match names another representation.")
    }
  }

  private static func isRead(_ head: RequestHead) -> Bool {
    head.method == .get || head.method == .head
  }

  /// 200 or 206.
  ///
  /// - Throws: 412 where the client wants another one (If-Match), 416 where it has no such part.
  func response() throws(Problem) -> Response {
    let isRead = Self.isRead(head)
    try Self.check(head, tag)
    guard let tag else {
      return Response(
        status: .ok, fields: [.contentType: type], body: body(0..<content.count),
        isCompressible: isText)
    }
    var fields: HTTPFields = [.contentType: type, .eTag: tag.description]
    let isCoded =
      isText && ContentCoding.preferred(acceptEncoding: head[.acceptEncoding]) != .identity
    if !isText && isRead { fields[.acceptRanges] = "bytes" }
    let range =
      isText || !isRead
      ? ByteRange.whole
      : ByteRange(
        range: head[.range], ifRange: head[.ifRange], size: content.count, tag: tag)
    switch range {
    case .whole:
      if !isCoded { fields[.contentDigest] = Self.field(digest ?? digestOfContent) }
      return Response(
        status: .ok, fields: fields, body: body(0..<content.count), isCompressible: isText)
    case .part(let part):
      fields[.contentRange] = range.contentRange(size: content.count)
      fields[.reprDigest] = Self.field(digest ?? digestOfContent)
      return Response(status: .partialContent, fields: fields, body: body(part))
    case .unsatisfiable:
      throw Problem(
        .rangeNotSatisfiable, "The representation has \(content.count) bytes.",
        fields: [.contentRange: range.contentRange(size: content.count) ?? ""])
    }
  }

  private func body(_ range: Range<Int>) -> ResponseBody {
    switch content {
    case .bytes(let bytes):
      .bytes(range.count == bytes.count ? bytes : Array(bytes[range]))
    case .file(let region): .file(region[range])
    case .prefixed(let bytes, let region):
      .prefixed(
        Array(bytes[min(range.lowerBound, bytes.count)..<min(range.upperBound, bytes.count)]),
        region[
          max(range.lowerBound - bytes.count, 0)..<max(range.upperBound - bytes.count, 0)])
    }
  }

  /// SHA-256 of the whole content: a pass over it.
  var digestOfContent: SHA256Digest {
    switch content {
    case .bytes(let bytes): SHA256Digest(of: bytes)
    case .file(let region): SHA256Digest(of: region.contents())
    case .prefixed(let bytes, let region): SHA256Digest(of: bytes + region.contents())
    }
  }

  /// A digest as a field (RFC 9530, section 2).
  static func field(_ digest: SHA256Digest) -> String {
    "sha-256=:\(Data(digest.bytes).base64EncodedString()):"
  }
}
