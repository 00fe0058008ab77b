public import HTTPTypes

/// What a router finds for a method and a path.
public enum RouteMatch<Endpoint: Sendable>: Sendable {
  /// The endpoint, and what the pattern names.
  case matched(Endpoint, PathParameters)
  /// OPTIONS on a path that has no OPTIONS route of its own: answer 204 with Allow.
  case options(allow: [HTTPRequest.Method])
  /// The path is known, the method is not: 405 with Allow.
  case methodNotAllowed(allow: [HTTPRequest.Method])
  /// No such path.
  case notFound
}

/// Finds endpoints by method and path (`RouteTrie`).
///
/// Matching itself knows nothing of the endpoints' type: it is compiled once, and what is generic is
/// small enough to be compiled where the type is known.
public struct Router<Endpoint: Sendable>: Sendable {
  @usableFromInline let trie: RouteTrie
  @usableFromInline let endpoints: [Endpoint]

  /// Builds the trie. A pattern that is malformed, twice there, or names one place differently is
  /// a programmer's mistake and traps.
  public init(_ routes: [(method: HTTPRequest.Method, pattern: String, endpoint: Endpoint)]) {
    trie = RouteTrie(routes.map { (method: $0.method, pattern: $0.pattern) })
    endpoints = routes.map(\.endpoint)
  }

  /// Finds the endpoint for the method and path of `head`. `OPTIONS *` gives every method there is.
  @inlinable public func match(_ head: RequestHead) -> RouteMatch<Endpoint> {
    match(head.method, head.path)
  }

  /// Finds the endpoint for `method` and a percent-encoded `path`.
  @inlinable public func match(
    _ method: HTTPRequest.Method, _ path: String
  ) -> RouteMatch<Endpoint> {
    switch trie.match(method, path) {
    case .matched(let route, let parameters): .matched(endpoints[route], parameters)
    case .options(let allow): .options(allow: allow)
    case .methodNotAllowed(let allow): .methodNotAllowed(allow: allow)
    case .notFound: .notFound
    }
  }
}

extension Sequence<HTTPRequest.Method> {
  /// The value of an Allow field.
  public var allowFieldValue: String { map(\.rawValue).joined(separator: ", ") }
}
