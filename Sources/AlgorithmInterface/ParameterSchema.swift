public import JSON

/// The form of a value: one declaration from which validation with pointers, defaults, the
/// published JSON Schema and the reading of query strings follow.
public indirect enum ParameterSchema: Sendable {
  case boolean
  /// Whole numbers; `5.0` is one.
  case integer(ClosedRange<Int>)
  case number(NumberRange)
  /// At most so many characters.
  case string(maximumLength: Int)
  /// One of some words.
  case choice([String])
  case null
  case array(of: ParameterSchema, count: ClosedRange<Int>)
  /// Exactly these members; any other is refused.
  case object([Parameter])
  /// Any names, all values of one form.
  case dictionary(of: ParameterSchema, count: ClosedRange<Int>)
  /// The first form that fits.
  case anyOf([ParameterSchema])
  /// A form that refers to itself by name inside (`reference(name)`), for trees.
  case recursive(name: String, ParameterSchema)
  /// The enclosing `recursive` form of that name.
  case reference(String)

  /// Numbers from a half-line or an interval, each end in or out.
  public struct NumberRange: Sendable, Equatable {
    public var minimum: Double?
    public var maximum: Double?
    public var excludesMinimum = false
    public var excludesMaximum = false

    public static let any = NumberRange()
    public static let positive = NumberRange(minimum: 0, excludesMinimum: true)
    public static let nonNegative = NumberRange(minimum: 0)

    public init(
      minimum: Double? = nil, maximum: Double? = nil, excludesMinimum: Bool = false,
      excludesMaximum: Bool = false
    ) {
      self.minimum = minimum
      self.maximum = maximum
      self.excludesMinimum = excludesMinimum
      self.excludesMaximum = excludesMaximum
    }

    func contains(_ value: Double) -> Bool {
      if let minimum, excludesMinimum ? value <= minimum : value < minimum { return false }
      if let maximum, excludesMaximum ? value >= maximum : value > maximum { return false }
      return value.isFinite
    }

    var words: String {
      switch (minimum, maximum) {
      case (nil, nil): "a finite number"
      case (let low?, nil):
        excludesMinimum ? "a number greater than \(low)" : "a number of at least \(low)"
      case (nil, let high?):
        excludesMaximum ? "a number less than \(high)" : "a number of at most \(high)"
      case (let low?, let high?):
        "a number in \(excludesMinimum ? "(" : "[")\(low), \(high)\(excludesMaximum ? ")" : "]")"
      }
    }
  }
}

/// A named member of an object.
public struct Parameter: Sendable {
  public var name: String
  /// One line for the published schema.
  public var summary: String
  public var schema: ParameterSchema
  /// Filled in where the caller says nothing; `nil` leaves the member absent.
  public var defaultValue: JSONValue?
  public var isRequired: Bool

  public init(
    _ name: String, _ schema: ParameterSchema, default defaultValue: JSONValue? = nil,
    required: Bool = false, _ summary: String
  ) {
    self.name = name
    self.schema = schema
    self.defaultValue = defaultValue
    self.isRequired = required
    self.summary = summary
  }
}
