public import JSON

/// Checked parameters, read by name and kind.
///
/// Reading a name with the wrong kind gives `nil`, as for an absent one: the schema has already
/// refused what does not fit.
public struct Parameters: Sendable, Equatable {
  /// The canonical members: defaults filled in.
  public var members: JSONObject

  public init(_ members: JSONObject) {
    self.members = members
  }

  public subscript(_ name: String) -> JSONValue? { members[name] }

  public func boolean(_ name: String) -> Bool? {
    if case .bool(let flag)? = members[name] { flag } else { nil }
  }

  public func integer(_ name: String) -> Int? {
    if case .integer(let number)? = members[name] { Int(exactly: number) } else { nil }
  }

  public func number(_ name: String) -> Double? {
    switch members[name] {
    case .integer(let number)?: Double(number)
    case .number(let number)?: number
    default: nil
    }
  }

  public func string(_ name: String) -> String? {
    if case .string(let text)? = members[name] { text } else { nil }
  }

  /// A word of an enumeration whose raw values are the schema's words.
  public func word<Word: RawRepresentable<String>>(_ name: String, as: Word.Type) -> Word? {
    string(name).flatMap(Word.init(rawValue:))
  }

  public func list(_ name: String) -> [JSONValue]? {
    if case .array(let values)? = members[name] { values } else { nil }
  }

  public func object(_ name: String) -> Parameters? {
    if case .object(let members)? = members[name] { Parameters(members) } else { nil }
  }

  /// A list of numbers; `nil` where the member is absent or holds anything else.
  public func numbers(_ name: String) -> [Double]? {
    guard let values = list(name) else { return nil }
    let numbers = values.compactMap { value -> Double? in
      switch value {
      case .integer(let number): Double(number)
      case .number(let number): number
      default: nil
      }
    }
    return numbers.count == values.count ? numbers : nil
  }
}
