import AlgorithmInterface
import HTTP
import JSON

/// A request whose head has been looked at: routed, named, its caller known.
struct Call: Sendable {
  let head: RequestHead
  /// The client, whom a trusted proxy may have named.
  let peer: Peer
  let parameters: PathParameters
  let query: QueryItems
  let caller: Caller
  let requestID: String
  /// The figures of the route: bounded in number, unlike paths.
  let tally: RouteTally
  /// How it stands with the caller's rates.
  let rates: RateStanding

  /// The path without its query: what a problem calls `instance`.
  var instance: String { head.path }

  /// The segment of the path that the pattern names.
  func segment(_ name: String) -> String { parameters[name] ?? "" }

  /// Checks a query string against the parameters that a route takes.
  static func check(_ query: QueryItems, _ known: [QueryParameter]) throws(Problem) {
    for item in query.items {
      guard let parameter = known.first(where: { $0.name == item.name }) else {
        throw unknown(item.name, among: known.map(\.name))
      }
      if !parameter.repeats && query[all: item.name].count > 1 {
        throw Problem(.invalidHTTP, "The query parameter \"\(item.name)\" may be given once.")
      }
      try check(item, parameter)
    }
  }

  private static func check(_ item: QueryItems.Item, _ parameter: QueryParameter) throws(Problem) {
    let form = ParameterSchema.object([Parameter(item.name, parameter.schema, "")])
    let value = form.value(ofQueryMember: item.name, text: item.value)
    do throws(RequestRejection) {
      _ = try parameter.schema.validated(value, at: JSONPointer.root)
    } catch {
      let reason = error.issues.first?.detail ?? "is not valid"
      throw Problem(.invalidHTTP, "The query parameter \"\(item.name)\": \(reason).")
    }
  }

  static func unknown(_ name: String, among known: [String]) -> Problem {
    let words =
      known.isEmpty
      ? "this path takes none"
      : "this path takes " + known.map { "\"\($0)\"" }.joined(separator: ", ")
    return Problem(.invalidHTTP, "Unknown query parameter \"\(name)\"; \(words).")
  }

  /// A whole number of the query, already checked.
  ///
  /// Read as it was checked: `1e1` is ten.
  func integer(_ name: String) -> Int? {
    guard let text = query[name], let value = try? JSONValue.parse(text) else { return nil }
    return value.integerValue.flatMap { Int(exactly: $0) }
  }
}
