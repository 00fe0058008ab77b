/// One row of the table: what a key is called everywhere, what it may hold and what it is for.
public struct SettingKey: Sendable {
  /// The name in the file, section first: `server.port`.
  public let name: String
  /// The type in words: `integer`, `duration`, `full | normal` …
  public let type: String
  /// The allowed range in words.
  public let range: String?
  /// What it does, in one or two sentences.
  public let summary: String
  /// A secret is masked wherever settings are shown.
  public let isSecret: Bool
  /// A second, shorter flag without its dashes, such as `port`.
  public let shortFlag: String?
  /// True where the flag may stand without a value.
  public let isTruth: Bool

  package let apply: @Sendable (RawSetting, inout ServiceSettings) throws(UnfitValue) -> Void
  package let value: @Sendable (ServiceSettings) -> RawSetting

  package init<Value: Sendable & Equatable>(
    _ name: String, _ path: any WritableKeyPath<ServiceSettings, Value> & Sendable,
    _ type: SettingType<Value>, short: String? = nil, secret: Bool = false, _ summary: String
  ) {
    self.name = name
    self.type = type.name
    self.range = type.range
    self.summary = summary
    self.isSecret = secret
    self.shortFlag = short
    self.isTruth = Value.self == Bool.self
    self.apply = { (raw, settings) throws(UnfitValue) in
      settings[keyPath: path] = try type.read(raw)
    }
    self.value = { type.write($0[keyPath: path]) }
  }

  /// The same for a value that may be absent, written as the word `none`.
  package init<Value: Sendable & Equatable>(
    _ name: String, _ path: any WritableKeyPath<ServiceSettings, Value?> & Sendable,
    _ type: SettingType<Value>, none: String, short: String? = nil, secret: Bool = false,
    _ summary: String
  ) {
    self.init(name, path, type.optional(none), short: short, secret: secret, summary)
  }

  /// The section: `server` of `server.port`.
  public var section: String { String(name.prefix { $0 != "." }) }
  /// The name within its section.
  public var member: String { String(name.drop { $0 != "." }.dropFirst()) }
  /// The long flag with its dashes: `--server-port`.
  public var flag: String {
    "--" + String(name.map { $0 == "." || $0 == "_" ? "-" : $0 })
  }
  /// The environment variable: `MATQUAY_SERVER_PORT`.
  public var variable: String {
    SettingTable.variablePrefix + name.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
  }
  /// The value in force, as one line of text; lists and mappings joined by commas.
  ///
  /// - Parameter masked: secrets that are set become `***`.
  public func text(in settings: ServiceSettings, masked: Bool = true) -> String {
    let raw = value(settings)
    if masked && isSecret && raw != value(ServiceSettings()) { return "***" }
    switch raw {
    case .scalar(let text): return text
    case .list(let items): return items.joined(separator: ",")
    case .mapping(let pairs):
      return pairs.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        .joined(separator: ",")
    }
  }
}
