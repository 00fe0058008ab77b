import JSON

extension ParameterSchema {
  /// What the form asks for, to stand after "expected".
  var words: String {
    switch self {
    case .boolean: "true or false"
    case .integer(let range):
      range.upperBound == Int.max
        ? (range.lowerBound == Int.min
          ? "a whole number" : "a whole number of at least \(range.lowerBound)")
        : "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .number(let range): range.words
    case .string(let length): "a string of at most \(length) characters"
    case .choice(let words):
      words.count == 1
        ? "\"\(words[0])\""
        : "one of " + words.map { "\"\($0)\"" }.joined(separator: ", ")
    case .null: "null"
    case .array(let element, let count):
      "a list of \(Self.words(count)) (each \(element.words))"
    case .object: "an object"
    case .dictionary: "an object with members of any name"
    case .anyOf(let forms): forms.map(\.words).joined(separator: ", or ")
    case .recursive(let name, _), .reference(let name): "a \(name)"
    }
  }

  static func words(_ count: ClosedRange<Int>) -> String {
    if count.lowerBound == count.upperBound { return "\(count.lowerBound)" }
    return count.upperBound == Int.max
      ? "at least \(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
  }

  /// Whether a value is of the kind (string, number, object…) that the form asks for, its
  /// content aside. Chooses which branch of `anyOf` to blame.
  func admitsKind(of value: JSONValue) -> Bool {
    switch (self, value) {
    case (.boolean, .bool), (.null, .null): true
    case (.integer, .integer), (.integer, .number): true
    case (.number, .integer), (.number, .number): true
    case (.string, .string), (.choice, .string): true
    case (.array, .array): true
    case (.object, .object), (.dictionary, .object): true
    case (.recursive(_, let form), _): form.admitsKind(of: value)
    case (.anyOf(let forms), _): forms.contains { $0.admitsKind(of: value) }
    case (.reference, .object): true
    default: false
    }
  }

  /// How many of an object's members the form does not know, and required ones it lacks.
  func misfit(with value: JSONValue) -> Int {
    guard case .object(let parameters) = self, case .object(let members) = value else { return 0 }
    let unknown = members.keys.count { key in !parameters.contains { $0.name == key } }
    let missing = parameters.count { $0.isRequired && members[$0.name] == nil }
    return unknown + missing
  }
}
