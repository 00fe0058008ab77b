import AlgorithmInterface
import HTTP
import HTTPTypes
import JSON

/// One route: where it is, who may use it, what it takes, what it does. The published interface
/// (`/openapi.json`) is made from the same values that are checked here.
struct Route: Sendable {
  /// Where a route does its work.
  enum Work: Sendable {
    /// On the loop: memory only.
    case memory(@Sendable (Call) throws(Problem) -> Response)
    /// On a request thread. Nil: the answer comes later, through `Exchange.send`.
    case thread(@Sendable (Exchange) throws(Problem) -> Response?)
  }

  /// What follows the path after `?`.
  enum QueryRule: Sendable {
    /// These and no others.
    case only([QueryParameter])
    /// Read by the route itself: options and params of an algorithm.
    case parameters
  }

  var method: HTTPRequest.Method
  var pattern: String
  /// Nil: open to everyone.
  var scope: Scope?
  var query: QueryRule
  /// Bytes of the body taken; the service's own limit where nil.
  var bodyLimit: Int?
  var documentation: RouteDocumentation
  /// What the head alone can say against a request, before its body is read. Memory only. What it
  /// returns is held until the answer is given, the work has returned, or the client is gone.
  var precheck: (@Sendable (Call) throws(Problem) -> (any Sendable)?)?
  /// A ticket may stand for the key.
  var takesTicket = false
  /// Counts against the caller's rates. Health does not: whoever asks that must get an answer.
  var isRateLimited = true
  var work: Work

  /// Bodies of routes that read none: a client may send one by habit.
  static let ignoredBody = 64 << 10

  init(
    _ method: HTTPRequest.Method, _ pattern: String, scope: Scope?,
    query: QueryRule = .only([]), bodyLimit: Int? = Route.ignoredBody,
    _ documentation: RouteDocumentation,
    memory: @escaping @Sendable (Call) throws(Problem) -> Response
  ) {
    self.method = method
    self.pattern = pattern
    self.scope = scope
    self.query = query
    self.bodyLimit = bodyLimit
    self.documentation = documentation
    self.work = .memory(memory)
  }

  init(
    _ method: HTTPRequest.Method, _ pattern: String, scope: Scope?,
    query: QueryRule = .only([]), bodyLimit: Int? = Route.ignoredBody,
    _ documentation: RouteDocumentation,
    thread: @escaping @Sendable (Exchange) throws(Problem) -> Response?
  ) {
    self.method = method
    self.pattern = pattern
    self.scope = scope
    self.query = query
    self.bodyLimit = bodyLimit
    self.documentation = documentation
    self.work = .thread(thread)
  }
}

extension Route {
  /// The answer to OPTIONS on any known path, whatever its query: a browser asks for leave with the
  /// very target of the request to come.
  static func options(allow: [HTTPRequest.Method]) -> Route {
    Route(
      .options, "*", scope: nil, query: .parameters,
      RouteDocumentation("operations", "", answers: [])
    ) { (_) throws(Problem) in
      Response(status: .noContent, fields: [.allow: allow.allowFieldValue])
    }
  }
}

/// A parameter of a query string.
struct QueryParameter: Sendable {
  var name: String
  var schema: ParameterSchema
  var summary: String
  /// Whether it may be given several times.
  var repeats: Bool

  init(_ name: String, _ schema: ParameterSchema, repeats: Bool = false, _ summary: String) {
    self.name = name
    self.schema = schema
    self.repeats = repeats
    self.summary = summary
  }
}

/// What the published interface says of a route.
struct RouteDocumentation: Sendable {
  /// A status with what its body is.
  struct Answer: Sendable {
    var status: Int
    var summary: String
    /// Media type to the schema of the body.
    var content: [(type: String, schema: JSONValue)]

    init(_ status: Int, _ summary: String, _ content: [(type: String, schema: JSONValue)] = []) {
      self.status = status
      self.summary = summary
      self.content = content
    }

    /// An answer in JSON whose form is a component of the document.
    static func json(_ status: Int, _ summary: String, _ component: String) -> Answer {
      Answer(status, summary, [("application/json", OpenAPIComponents.reference(component))])
    }
  }

  var tag: String
  var summary: String
  var answers: [Answer]
  /// Media type to the schema of the request's body.
  var request: [(type: String, schema: JSONValue)]
  /// Statuses of problems beyond those that every route may give.
  var problems: [Int]

  init(
    _ tag: String, _ summary: String, answers: [Answer],
    request: [(type: String, schema: JSONValue)] = [], problems: [Int] = []
  ) {
    self.tag = tag
    self.summary = summary
    self.answers = answers
    self.request = request
    self.problems = problems
  }
}
