/// The name and value pairs of a query string, in order (`application/x-www-form-urlencoded`).
public struct QueryItems: Sendable, Equatable {
  /// One pair; the value is empty where there was no `=`.
  public struct Item: Sendable, Equatable {
    /// Decoded name.
    public let name: String
    /// Decoded value.
    public let value: String
  }

  /// All pairs, in order.
  public let items: [Item]

  /// Parses what follows `?`; nil is the same as empty. `+` is a space. Nil where a percent sign
  /// is not followed by two hexadecimal digits or the bytes are not UTF-8: 400.
  public init?(_ query: String?) {
    guard let query, !query.isEmpty else {
      items = []
      return
    }
    var items: [Item] = []
    for part in query.utf8.split(separator: 0x26) {
      let pair = part.split(separator: 0x3D, maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentEncoding.decode(pair[0], plusIsSpace: true),
        let value = pair.count > 1
          ? PercentEncoding.decode(pair[1], plusIsSpace: true) : ""
      else { return nil }
      items.append(Item(name: name, value: value))
    }
    self.items = items
  }

  /// The first value under `name`.
  public subscript(name: String) -> String? { items.first { $0.name == name }?.value }

  /// Every value under `name`, in order.
  public subscript(all name: String) -> [String] {
    items.filter { $0.name == name }.map(\.value)
  }
}
