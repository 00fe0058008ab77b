public import HTTPTypes

/// An immutable trie of path patterns, each of which stands for the number of its route.
///
/// A pattern is `/` and segments: literal, `{name}` (one non-empty segment) or a trailing `*` (the
/// rest, of at least one segment). A literal wins over a name, a name over the wildcard; where the
/// better one leads nowhere the next is tried. Segments are compared after percent-decoding, so
/// `%2F` never splits. HEAD follows GET. Matching takes time proportional to the path's segments
/// for patterns without ambiguity.
@usableFromInline
struct RouteTrie: Sendable {
  private struct Node: Sendable {
    var literals: [String: Int] = [:]
    var named: (name: String, node: Int)?
    var wildcard: [HTTPRequest.Method: Int] = [:]
    var routes: [HTTPRequest.Method: Int] = [:]
  }

  private var nodes = [Node()]
  /// The nodes of patterns without names: most requests are found here, in one step.
  private var literals: [String: Int] = [:]
  private var everyMethod: Set<HTTPRequest.Method> = []

  init(_ routes: [(method: HTTPRequest.Method, pattern: String)]) {
    for (number, route) in routes.enumerated() { insert(route.method, route.pattern, number) }
  }

  private mutating func insert(_ method: HTTPRequest.Method, _ pattern: String, _ route: Int) {
    precondition(pattern.hasPrefix("/"), "a pattern starts with a slash: \(pattern)")
    everyMethod.insert(method)
    var node = 0
    let segments = pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    for (index, segment) in segments.enumerated() {
      if segment == "*" {
        precondition(index == segments.count - 1, "a wildcard comes last: \(pattern)")
        precondition(nodes[node].wildcard[method] == nil, "twice there: \(method) \(pattern)")
        nodes[node].wildcard[method] = route
        return
      }
      node = child(of: node, String(segment), pattern)
    }
    precondition(nodes[node].routes[method] == nil, "twice there: \(method) \(pattern)")
    nodes[node].routes[method] = route
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

  /// Finds the route for `method` and a percent-encoded `path`.
  @usableFromInline
  func match(_ method: HTTPRequest.Method, _ path: String) -> RouteMatch<Int> {
    // What the trie would find first: a literal wins in every segment. A percent sign is no part
    // of a pattern, so a path that holds one is not among them.
    if let node = literals[path], let route = Self.choose(nodes[node].routes, method) {
      return .matched(route, PathParameters())
    }
    if path == "*" { return .options(allow: allowed(everyMethod)) }
    guard path.utf8.first == 0x2F, let segments = Self.segments(path) else { return .notFound }
    var known: Set<HTTPRequest.Method> = []
    var parameters: [(name: String, value: String)] = []
    if let route = find(method, segments[...], 0, &parameters, &known) {
      return .matched(route, PathParameters(parameters))
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
  ) -> Int? {
    guard let segment = segments.first else {
      known.formUnion(nodes[node].routes.keys)
      return Self.choose(nodes[node].routes, method)
    }
    let rest = segments.dropFirst()
    if let next = nodes[node].literals[segment],
      let route = find(method, rest, next, &parameters, &known)
    {
      return route
    }
    if let named = nodes[node].named, !segment.isEmpty {
      parameters.append((named.name, segment))
      if let route = find(method, rest, named.node, &parameters, &known) { return route }
      parameters.removeLast()
    }
    guard !nodes[node].wildcard.isEmpty else { return nil }
    known.formUnion(nodes[node].wildcard.keys)
    guard let route = Self.choose(nodes[node].wildcard, method) else { return nil }
    parameters.append(("*", segments.joined(separator: "/")))
    return route
  }

  private static func choose(
    _ routes: [HTTPRequest.Method: Int], _ method: HTTPRequest.Method
  ) -> Int? {
    routes[method] ?? (method == .head ? routes[.get] : nil)
  }

  /// What an Allow field lists: HEAD beside GET, OPTIONS always; in alphabetical order.
  private func allowed(_ methods: Set<HTTPRequest.Method>) -> [HTTPRequest.Method] {
    var all = methods.union([.options])
    if all.contains(.get) { all.insert(.head) }
    return all.sorted { $0.rawValue < $1.rawValue }
  }
}
