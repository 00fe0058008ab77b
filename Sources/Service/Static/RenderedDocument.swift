import HTTP
import HTTPTypes
import JSON
import Jobs

/// A document that stays the same while the process runs: made once, answered from memory.
struct RenderedDocument: Sendable {
  private let bytes: [UInt8]
  private let type: String
  private let tag: EntityTag

  init(_ bytes: [UInt8], type: String) {
    self.bytes = bytes
    self.type = type
    tag = EntityTag(String(SHA256Digest(of: bytes).hexadecimal.prefix(32)))
  }

  init(_ value: JSONValue) {
    self.init(value.serialized(), type: "application/json")
  }

  /// The document, or 304 where the caller has it. Caches ask each time whether it has changed.
  ///
  /// - Throws: 412 where the caller wants another one.
  func response(to head: RequestHead) throws(Problem) -> Response {
    try Representation.check(head, tag)
    var response =
      Representation.unchanged(head, tag, isText: true)
      ?? .json(bytes: bytes, fields: [.eTag: tag.description], type: type)
    response.fields[.cacheControl] = "no-cache"
    return response
  }
}
