import AlgorithmInterface
import HTTP
import HTTPTypes
import JSON

/// Small JSON bodies of routes other than computations.
enum JSONBody {
  /// The checked members of an object body.
  static func members(
    of exchange: Exchange, _ form: ParameterSchema, depth: Int = 64
  ) throws(Problem) -> Parameters {
    let value = try value(of: exchange, depth: depth)
    do throws(RequestRejection) {
      let checked = try form.validated(value, at: .root)
      return Parameters(checked.objectValue ?? JSONObject())
    } catch {
      throw Problem(error)
    }
  }

  /// The body as a tree.
  static func value(of exchange: Exchange, depth: Int = 64) throws(Problem) -> JSONValue {
    try check(exchange)
    do throws(JSONError) {
      return try JSONValue.parse(exchange.body.copied(), maximumDepth: depth)
    } catch {
      throw Problem(error)
    }
  }

  /// The body, parsed but not made a tree.
  static func document(of exchange: Exchange, depth: Int = 64) throws(Problem) -> JSONDocument {
    try check(exchange)
    do throws(JSONError) {
      return try JSONDocument.parse(exchange.body.bytes, maximumDepth: depth)
    } catch {
      throw Problem(error)
    }
  }

  private static func check(_ exchange: Exchange) throws(Problem) {
    guard !exchange.body.isEmpty else { throw .invalid(.root, "The request has no body.") }
    try checkType(exchange)
  }

  /// Refuses a body that says it is something else.
  static func checkType(_ exchange: Exchange) throws(Problem) {
    if let text = exchange.head[.contentType], MediaType(text)?.essence != MediaTypes.json {
      throw Problem(
        .unsupportedMediaType, "The body must be application/json.",
        fields: [.acceptPost: MediaTypes.json])
    }
  }
}
