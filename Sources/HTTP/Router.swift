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

/// An immutable trie of path patterns.
///
/// A pattern is `/` and segments: literal, `{name}` (one non-empty segment) or a trailing `*` (the
/// rest, of at least one segment). A literal wins over a name, a name over the wildcard; where the
/// better one leads nowhere the next is tried. Segments are compared after percent-decoding, so
/// `%2F` never splits. HEAD follows GET. Matching takes time proportional to the path's segments
/// for patterns without ambiguity.
public struct Router<Endpoint: Sendable>: Sendable {
  private struct Node: Sendable {
    var literals: [String: Int] = [:]
    var named: (name: String, node: Int)?
    var wildcard: [HTTPRequest.Method: Endpoint] = [:]
    var endpoints: [HTTPRequest.Method: Endpoint] = [:]
  }

  private var nodes = [Node()]
  /// The nodes of patterns without names: most requests are found here, in one step.
  private var literals: [String: Int] = [:]
  private var everyMethod: Set<HTTPRequest.Method> = []

  /// Builds the trie. A pattern that is malformed, twice there, or names one place differently is
  /// a programmer's mistake and traps.
  public init(_ routes: [(method: HTTPRequest.Method, pattern: String, endpoint: Endpoint)]) {
    for route in routes { insert(route.method, route.pattern, route.endpoint) }
  }

  private mutating func insert(
    _ method: HTTPRequest.Method, _ pattern: String, _ endpoint: Endpoint
  ) {
    precondition(pattern.hasPrefix("/"), "a pattern starts with a slash: \(pattern)")
    everyMethod.insert(method)
    var node = 0
    let segments = pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    for (index, segment) in segments.enumerated() {
      if segment == "*" {
        precondition(index == segments.count - 1, "a wildcard comes last: \(pattern)")
        precondition(nodes[node].wildcard[method] == nil, "twice there: \(method) \(pattern)")
        nodes[node].wildcard[method] = endpoint
        return
      }
      node = child(of: node, String(segment), pattern)
    }
    precondition(nodes[node].endpoints[method] == nil, "twice there: \(method) \(pattern)")
    nodes[node].endpoints[method] = endpoint
    if !pattern.contains("{") { literals[pattern] = node }
  }

  private mutating func child(of node: Int, _ segment: String, _ pattern: String) -> Int {
    if segment.hasPrefix("{"), segment.hasSuffix("}") {
      let name = String(segment.dropFirst().dropLast())
      if let named = nodes[node].named {
        precondition(named.name == name, "one place, two names: \(pattern)")
        return named.node
      }
      nodes.append(Node())
      nodes[node].named = (name, nodes.count - 1)
      return nodes.count - 1
    }
    if let next = nodes[node].literals[segment] { return next }
    nodes.append(Node())
    nodes[node].literals[segment] = nodes.count - 1
    return nodes.count - 1
  }

  /// Finds the endpoint for the method and path of `head`. `OPTIONS *` gives every method there is.
  public func match(_ head: RequestHead) -> RouteMatch<Endpoint> {
    match(head.method, head.path)
  }

  /// Finds the endpoint for `method` and a percent-encoded `path`.
  public func match(_ method: HTTPRequest.Method, _ path: String) -> RouteMatch<Endpoint> {
    // What the trie would find first: a literal wins in every segment. A percent sign is no part
    // of a pattern, so a path that holds one is not among them.
    if let node = literals[path], let endpoint = Self.choose(nodes[node].endpoints, method) {
      return .matched(endpoint, PathParameters())
    }
    if path == "*" { return .options(allow: allowed(everyMethod)) }
    guard path.utf8.first == 0x2F, let segments = Self.segments(path) else { return .notFound }
    var known: Set<HTTPRequest.Method> = []
    var parameters: [(name: String, value: String)] = []
    if let endpoint = find(method, segments[...], 0, &parameters, &known) {
      return .matched(endpoint, PathParameters(parameters))
    }
    if known.isEmpty { return .notFound }
    let allow = allowed(known)
    return method == .options ? .options(allow: allow) : .methodNotAllowed(allow: allow)
  }

  private static func segments(_ path: String) -> [String]? {
    var segments: [String] = []
    for part in path.utf8.dropFirst().split(separator: 0x2F, omittingEmptySubsequences: false) {
      guard let segment = PercentEncoding.decode(part, plusIsSpace: false) else { return nil }
      segments.append(segment)
    }
    return segments
  }

  private func find(
    _ method: HTTPRequest.Method, _ segments: ArraySlice<String>, _ node: Int,
    _ parameters: inout [(name: String, value: String)], _ known: inout Set<HTTPRequest.Method>
  ) -> Endpoint? {
    guard let segment = segments.first else {
      known.formUnion(nodes[node].endpoints.keys)
      return Self.choose(nodes[node].endpoints, method)
    }
    let rest = segments.dropFirst()
    if let next = nodes[node].literals[segment],
      let endpoint = find(method, rest, next, &parameters, &known)
    {
      return endpoint
    }
    if let named = nodes[node].named, !segment.isEmpty {
      parameters.append((named.name, segment))
      if let endpoint = find(method, rest, named.node, &parameters, &known) { return endpoint }
      parameters.removeLast()
    }
    guard !nodes[node].wildcard.isEmpty else { return nil }
    known.formUnion(nodes[node].wildcard.keys)
    guard let endpoint = Self.choose(nodes[node].wildcard, method) else { return nil }
    parameters.append(("*", segments.joined(separator: "/")))
    return endpoint
  }

  private static func choose(
    _ endpoints: [HTTPRequest.Method: Endpoint], _ method: HTTPRequest.Method
  ) -> Endpoint? {
    endpoints[method] ?? (method == .head ? endpoints[.get] : nil)
  }

  /// What an Allow field lists: HEAD beside GET, OPTIONS always; in alphabetical order.
  private func allowed(_ methods: Set<HTTPRequest.Method>) -> [HTTPRequest.Method] {
    var all = methods.union([.options])
    if all.contains(.get) { all.insert(.head) }
    return all.sorted { $0.rawValue < $1.rawValue }
  }
}

extension Sequence<HTTPRequest.Method> {
  /// The value of an Allow field.
  public var allowFieldValue: String { map(\.rawValue).joined(separator: ", ") }
}
