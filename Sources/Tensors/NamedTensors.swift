import JSON

/// Tensors by name, in the order in which they came. Names are compared by their code points.
/// Look-up is O(1).
public struct NamedTensors: Sendable {
  /// One tensor with its name.
  public typealias Entry = (name: String, tensor: Tensor)

  private var entries: [Entry] = []
  private var places: [ExactText: Int] = [:]

  /// The most bytes of a name from outside. A zip archive holds names of up to 65 535 bytes; this
  /// leaves room for what outputs append.
  public static let longestName = 4096

  /// No tensors.
  public init() {}

  /// Tensors with distinct names; of two with one name the later holds.
  public init(_ entries: some Sequence<Entry>) {
    for entry in entries { self[entry.name] = entry.tensor }
  }

  /// The names in their order.
  public var names: [String] { entries.map(\.name) }

  /// The tensor of a name. Setting keeps the place of a name that is there, appends a new one, and
  /// with nil removes it (O(count)).
  public subscript(name: String) -> Tensor? {
    get { places[ExactText(name)].map { entries[$0].tensor } }
    set {
      switch (places[ExactText(name)], newValue) {
      case (let place?, let tensor?): entries[place].tensor = tensor
      case (let place?, nil):
        entries.remove(at: place)
        places = Dictionary(
          uniqueKeysWithValues: entries.enumerated().map { (ExactText($0.element.name), $0.offset) }
        )
      case (nil, let tensor?):
        places[ExactText(name)] = entries.count
        entries.append((name, tensor))
      case (nil, nil): break
      }
    }
  }

  /// Appends a tensor under a name from outside.
  /// - Throws: `duplicateName` for a name that is there, `reservedName` for one that a safetensors
  ///   file cannot carry, `nameTooLong` for one beyond `longestName` bytes.
  public mutating func append(_ name: String, _ tensor: Tensor) throws(TensorError) {
    guard name != Safetensors.metadataKey else { throw .reservedName(name) }
    try Self.checkLength(of: name)
    guard places[ExactText(name)] == nil else { throw .duplicateName(name) }
    self[name] = tensor
  }

  /// Refuses a name of more than `longestName` bytes.
  static func checkLength(of name: String) throws(TensorError) {
    guard name.utf8.count <= longestName else {
      throw .nameTooLong(limit: longestName, actual: name.utf8.count)
    }
  }
}

extension NamedTensors: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { entries.count }
  public subscript(position: Int) -> Entry { entries[position] }
}

extension NamedTensors: Equatable {
  public static func == (left: NamedTensors, right: NamedTensors) -> Bool {
    left.count == right.count
      && zip(left, right).allSatisfy {
        ExactText($0.name) == ExactText($1.name) && $0.tensor == $1.tensor
      }
  }
}

extension NamedTensors: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, Tensor)...) {
    self.init(elements.map { (name: $0.0, tensor: $0.1) })
  }
}
