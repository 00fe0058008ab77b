import FoundationEssentials

/// Settings with the place that each value came from.
public struct LoadedSettings: Sendable {
  public let settings: ServiceSettings
  /// Where each value came from, by the key's name; absent: the default.
  public let sources: [String: SettingSource]
  /// Sentences for the log: variables that look like settings and are none.
  public let warnings: [String]
  /// The file that was read.
  public let path: String?

  /// The same with every `auto` put into numbers; the origins stay.
  public func resolved(for machine: MachineResources, isTerminal: Bool = false) -> LoadedSettings {
    LoadedSettings(
      settings: settings.resolved(for: machine, isTerminal: isTerminal), sources: sources,
      warnings: warnings, path: path)
  }

  /// Where a key's value came from.
  public func source(of key: SettingKey) -> SettingSource { sources[key.name] ?? .standard }
}

/// Puts settings together: flags over environment over file over defaults.
///
/// Every error is found before any is reported, each with the place it stands in. Flags may be
/// repeated for lists; for anything else the last one holds.
public struct SettingsLoader: Sendable {
  /// What the process was given.
  public let environment: [String: String]
  private let readFile: @Sendable (String) -> String?
  private let fileExists: @Sendable (String) -> Bool

  /// - Parameter environment: `nil`: the variables of the process.
  public init(environment: [String: String]? = nil) {
    self.init(
      environment: environment ?? ProcessInfo.processInfo.environment,
      readFile: { try? String(contentsOfFile: $0, encoding: .utf8) },
      fileExists: { FileManager.default.fileExists(atPath: $0) })
  }

  /// The same with a file system of the caller's, for tests.
  package init(
    environment: [String: String], readFile: @escaping @Sendable (String) -> String?,
    fileExists: @escaping @Sendable (String) -> Bool
  ) {
    self.environment = environment
    self.readFile = readFile
    self.fileExists = fileExists
  }

  /// Files that are read when none is named: the first that is there.
  public static let standardPaths = ["./Config/matquay.yaml", "/etc/matquay/matquay.yaml"]

  /// Reads everything and checks it as a whole.
  ///
  /// - Parameter flags: the arguments after the command's name; `--config PATH` among them names
  ///   the file. `--help` and the like are the caller's and must not be left in.
  /// - Throws: `SettingsError` with every problem.
  public func load(flags: [String] = []) throws(SettingsError) -> LoadedSettings {
    var state = Loading()
    let parsed = CommandLineFlags.parse(flags)
    state.problems += parsed.problems
    let path = readSettingsFile(named: parsed.configPath, into: &state)
    readEnvironment(into: &state)
    for (key, flag, raw) in parsed.values {
      state.take(raw, for: key, from: .flag(flag))
    }
    if state.problems.isEmpty {
      state.problems = SettingCombinations.problems(in: state.settings, sources: state.sources)
    }
    guard state.problems.isEmpty else { throw SettingsError(state.problems) }
    return LoadedSettings(
      settings: state.settings, sources: state.sources, warnings: state.warnings, path: path)
  }

  private func readSettingsFile(named flagPath: String?, into state: inout Loading) -> String? {
    let variablePath = environment["MATQUAY_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
    let source: SettingSource = flagPath == nil ? .variable("MATQUAY_CONFIG") : .flag("--config")
    let path: String
    if let named = flagPath ?? variablePath {
      path = named
    } else if let standard = Self.standardPaths.first(where: fileExists) {
      path = standard
    } else {
      return nil
    }
    guard let text = readFile(path) else {
      let isNamed = flagPath != nil || variablePath != nil
      state.problems.append(
        SettingProblem(
          rule: .file, key: nil, source: isNamed ? source : .file(path: path, line: nil),
          message: fileExists(path)
            ? "cannot read \(path) as UTF-8 text" : "there is no file \(path)"))
      return nil
    }
    let (entries, problems) = SettingsFile.read(text, path: path)
    state.problems += problems
    for entry in entries {
      let source = SettingSource.file(path: path, line: entry.line)
      if let key = SettingTable.key(entry.name) {
        state.take(entry.raw, for: key, from: source)
      } else {
        state.problems.append(
          SettingProblem(
            rule: .unknownKey, key: nil, source: source,
            message: unknown("key", entry.name, among: SettingTable.keys.map(\.name))))
      }
    }
    return path
  }

  private func readEnvironment(into state: inout Loading) {
    for (name, text) in environment.sorted(by: { $0.key < $1.key })
    where name.hasPrefix(SettingTable.variablePrefix)
      && !SettingTable.otherVariables.contains(name)
    {
      if let key = SettingTable.byVariable[name] {
        state.take(.scalar(text), for: key, from: .variable(name))
      } else {
        state.warnings.append(
          unknown("variable", name, among: SettingTable.keys.map(\.variable)) + " (ignored)")
      }
    }
  }
}

/// What has been read so far.
private struct Loading {
  var settings = ServiceSettings()
  var sources: [String: SettingSource] = [:]
  var problems: [SettingProblem] = []
  var warnings: [String] = []

  mutating func take(_ raw: RawSetting, for key: SettingKey, from source: SettingSource) {
    do throws(UnfitValue) {
      try key.apply(raw, &settings)
      sources[key.name] = source
    } catch {
      problems.append(
        SettingProblem(rule: .value, key: key.name, source: source, message: error.message))
    }
  }
}
