/// The members of a JSON object: unique keys in the order in which they came. Two objects are equal
/// when they have the same members in any order. Look-up is O(1).
public struct JSONObject: Sendable {
  /// One member.
  public typealias Member = (key: String, value: JSONValue)

  private var names: [String] = []
  private var values: [JSONValue] = []
  /// Places by key, kept only where looking through the names would take longer.
  private var places: [ExactText: Int] = [:]
  private static let indexedFrom = 9

  /// An object without members.
  public init() {}

  /// An object from members with distinct keys; of two with one key the later holds.
  public init(_ members: some Sequence<Member>) {
    for member in members { self[member.key] = member.value }
  }

  /// The number of members.
  public var count: Int { names.count }

  /// Whether there is no member.
  public var isEmpty: Bool { names.isEmpty }

  /// The keys in their order.
  public var keys: [String] { names }

  /// The value of a member. Setting keeps the place of a key that is there, appends a new one, and
  /// with nil removes it (O(count)).
  public subscript(key: String) -> JSONValue? {
    get { place(of: key).map { values[$0] } }
    set {
      switch (place(of: key), newValue) {
      case (let place?, let value?): values[place] = value
      case (let place?, nil):
        names.remove(at: place)
        values.remove(at: place)
        index()
      case (nil, let value?):
        names.append(key)
        values.append(value)
        if places.isEmpty { index() } else { places[ExactText(key)] = names.count - 1 }
      case (nil, nil): break
      }
    }
  }

  /// Whether a member of this key is there, even with the value null.
  public func contains(_ key: String) -> Bool {
    place(of: key) != nil
  }

  private func place(of key: String) -> Int? {
    guard places.isEmpty else { return places[ExactText(key)] }
    return names.firstIndex { ExactText($0) == ExactText(key) }
  }

  private mutating func index() {
    guard names.count >= Self.indexedFrom else {
      places = [:]
      return
    }
    places = Dictionary(
      uniqueKeysWithValues: names.enumerated().map { (ExactText($0.element), $0.offset) })
  }
}

extension JSONObject: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { names.count }
  public subscript(position: Int) -> Member { (names[position], values[position]) }
}

extension JSONObject: Hashable {
  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.count == right.count && left.allSatisfy { right[$0.key] == $0.value }
  }

  public func hash(into hasher: inout Hasher) {
    // Order does not count, so the members' hashes are combined by a sum.
    var sum = 0
    for (key, value) in self {
      var one = Hasher()
      one.combine(ExactText(key))
      one.combine(value)
      sum &+= one.finalize()
    }
    hasher.combine(count)
    hasher.combine(sum)
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self.init(elements.map { (key: $0.0, value: $0.1) })
  }
}
