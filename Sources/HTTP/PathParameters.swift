/// The parts of a path that a route's pattern names, percent-decoded.
public struct PathParameters: Sendable, Hashable {
  private var entries: [Entry]

  private struct Entry: Sendable, Hashable {
    let name: String
    let value: String
  }

  /// Parameters in the order of the pattern.
  public init(_ entries: [(name: String, value: String)] = []) {
    self.entries = entries.map { Entry(name: $0.name, value: $0.value) }
  }

  /// The value of the segment called `name`; `*` for a trailing wildcard (slashes kept).
  public subscript(name: String) -> String? { entries.first { $0.name == name }?.value }

  /// Number of parameters.
  public var count: Int { entries.count }
}
