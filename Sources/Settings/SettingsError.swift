/// Where a value came from.
public enum SettingSource: Sendable, Hashable, CustomStringConvertible {
  case standard
  case file(path: String, line: Int?)
  case variable(String)
  case flag(String)

  public var description: String {
    switch self {
    case .standard: "default"
    case .file(let path, let line?): "\(path):\(line)"
    case .file(let path, nil): path
    case .variable(let name): name
    case .flag(let name): name
    }
  }
}

/// One thing wrong with the settings.
public struct SettingProblem: Sendable, Equatable, CustomStringConvertible {
  /// The rule that was broken.
  public enum Rule: Sendable, Equatable {
    /// A flag that no key has, or one without its value: a slip on the command line.
    case usage
    /// A key in the file that is not in the table.
    case unknownKey
    /// A value that its type or range does not allow.
    case value
    /// The file is not there, or is not YAML of the expected form.
    case file
    /// Values that are fine alone but not together.
    case combination
  }

  public let rule: Rule
  /// The key concerned, such as `server.port`.
  public let key: String?
  public let source: SettingSource
  /// A sentence that says what is wrong and what would be right.
  public let message: String

  public init(rule: Rule, key: String?, source: SettingSource, message: String) {
    self.rule = rule
    self.key = key
    self.source = source
    self.message = message
  }

  public var description: String {
    switch (key, source) {
    case (_, .flag), (_, .variable), (nil, _): "\(source): \(message)"
    case (let key?, .standard): "\(key): \(message)"
    case (let key?, _): "\(source): \(key): \(message)"
    }
  }
}

/// Every problem that was found, in the order file, environment, flags, combinations.
public struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
  public let problems: [SettingProblem]

  public init(_ problems: [SettingProblem]) {
    self.problems = problems
  }

  /// True when all that is wrong is the command line itself.
  public var isUsage: Bool { problems.allSatisfy { $0.rule == .usage } }

  public var description: String {
    problems.map(\.description).joined(separator: "\n")
  }
}
