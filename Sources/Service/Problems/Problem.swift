public import HTTPTypes
public import JSON

/// An error as the caller sees it: a problem document (RFC 9457) with the fields that go with it.
public struct Problem: Error, Sendable, Equatable {
  /// One entry of `errors`.
  public struct Item: Sendable, Equatable {
    /// Where in the request document, as a JSON Pointer.
    public var pointer: String?
    public var detail: String
    /// A stable word for programs, such as `class_collapsed`.
    public var code: String?

    public init(pointer: String? = nil, detail: String, code: String? = nil) {
      self.pointer = pointer
      self.detail = detail
      self.code = code
    }
  }

  public var kind: ProblemKind
  public var status: Int
  /// What happened this time, in words for people.
  public var detail: String
  public var items: [Item]
  /// Fields that belong to the error: `Allow`, `Retry-After`, `WWW-Authenticate`.
  public var fields: HTTPFields
  /// Members beyond the standard ones, such as `limit` or `next`.
  public var members: JSONObject

  /// - Parameter status: where it is not the one its kind is usually sent with.
  public init(
    _ kind: ProblemKind, _ detail: String, status: Int? = nil, items: [Item] = [],
    fields: HTTPFields = [:], members: JSONObject = JSONObject()
  ) {
    self.kind = kind
    self.status = status ?? kind.status
    self.detail = detail
    self.items = items
    self.fields = fields
    self.members = members
  }

  /// A validation error at one place.
  static func invalid(
    _ pointer: JSONPointer, _ detail: String, kind: ProblemKind = .validation
  ) -> Problem {
    Problem(
      kind, "\(pointer.description): \(detail)",
      items: [Item(pointer: pointer.description, detail: detail)])
  }

  /// This problem with `Retry-After` set.
  func retrying(after seconds: Int) -> Problem {
    var problem = self
    problem.fields[.retryAfter] = String(seconds)
    return problem
  }

  /// The document.
  ///
  /// - Parameters:
  ///   - instance: the path of the request, without its query.
  ///   - requestID: the id that the log line has too; nil where the document is not an answer of
  ///     its own (the `error` of a job).
  func document(instance: String?, requestID: String?) -> JSONObject {
    var object: JSONObject = [
      "type": .string(kind.type), "title": .string(kind.title), "status": .integer(Int64(status)),
      "detail": .string(detail),
    ]
    if let instance { object["instance"] = .string(instance) }
    if let requestID { object["request_id"] = .string(requestID) }
    object["error"] = .string(detail)
    if !items.isEmpty {
      object["errors"] = .array(
        items.map { item in
          var entry = JSONObject()
          if let pointer = item.pointer { entry["pointer"] = .string(pointer) }
          entry["detail"] = .string(item.detail)
          if let code = item.code { entry["code"] = .string(code) }
          return .object(entry)
        })
    }
    for (name, value) in members { object[name] = value }
    return object
  }
}
