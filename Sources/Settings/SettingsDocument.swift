/// Texts made from the table: the commented file, the settings in force, the help, the README's
/// table.
public enum SettingsDocument {
  /// `Config/matquay.yaml`: every key with its documentation, type and default.
  public static func file() -> String {
    var lines = [
      "# Settings of Matquay: every key with its default. Made from the table in Sources/Settings",
      "# (`matquay config print --defaults`); a test compares the two.",
      "#",
      "# Precedence: flags (--server-port 8080), environment (MATQUAY_SERVER_PORT=8080), this",
      "# file, defaults. Sizes: 64KB, 256MB, 1GB (powers of 1024). Durations: 250ms, 10s, 5m, 24h,",
      "# 7d. An unknown key is refused.",
    ]
    for section in SettingTable.sections {
      lines += ["", "# \(section.summary)", "\(section.name):"]
      for key in SettingTable.keys where key.section == section.name {
        lines += wrapped("\(key.summary) (\(described(key)))", width: 92).map { "  # \($0)" }
        lines.append("  \(key.member): \(yaml(key.value(ServiceSettings())))")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Settings as a YAML file, each value with its origin behind it.
  ///
  /// - Parameter all: also the keys that stand at their default.
  public static func print(_ loaded: LoadedSettings, all: Bool) -> String {
    var lines: [String] = []
    for section in SettingTable.sections {
      let keys = SettingTable.keys.filter {
        $0.section == section.name && (all || loaded.source(of: $0) != .standard)
      }
      guard !keys.isEmpty else { continue }
      lines.append("\(section.name):")
      for key in keys {
        let raw = key.value(loaded.settings)
        let shown = key.isSecret && raw != key.value(ServiceSettings()) ? .scalar("***") : raw
        lines.append("  \(key.member): \(yaml(shown))  # \(loaded.source(of: key))")
      }
    }
    return lines.isEmpty
      ? "# every setting is at its default\n" : lines.joined(separator: "\n") + "\n"
  }

  /// Flags with their documentation, for `--help`.
  public static func help() -> String {
    var lines: [String] = []
    for section in SettingTable.sections {
      lines += ["", section.summary]
      for key in SettingTable.keys where key.section == section.name {
        let short = key.shortFlag.map { ", --\($0)" } ?? ""
        lines.append("  \(key.flag)\(short) <\(key.type)>")
        let standard = key.text(in: ServiceSettings())
        let ending = standard.isEmpty ? "" : " (default: \(standard))"
        lines += wrapped(key.summary + ending, width: 76).map { "      \($0)" }
      }
    }
    return lines.dropFirst().joined(separator: "\n") + "\n"
  }

  /// The README's table in Markdown.
  public static func table() -> String {
    var lines = ["| key | type | default | what |", "|---|---|---|---|"]
    for key in SettingTable.keys {
      let type = [key.type, key.range].compactMap(\.self).joined(separator: ", ")
      let standard = key.text(in: ServiceSettings())
      lines.append(
        "| `\(key.name)` | \(type.split(separator: "|").joined(separator: "\\|")) | "
          + "\(standard.isEmpty ? "" : "`\(standard)`") | \(key.summary) |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func described(_ key: SettingKey) -> String {
    [key.type, key.range, key.isSecret ? "secret" : nil].compactMap(\.self)
      .joined(separator: ", ")
  }

  /// A value as YAML on one line.
  private static func yaml(_ raw: RawSetting) -> String {
    switch raw {
    case .scalar(let text): return quoted(text)
    case .list(let items): return "[" + items.map(quoted).joined(separator: ", ") + "]"
    case .mapping(let pairs):
      let members = pairs.sorted { $0.key < $1.key }
        .map { "\(quoted($0.key)): \(quoted($0.value))" }
      return "{" + members.joined(separator: ", ") + "}"
    }
  }

  private static func quoted(_ text: String) -> String {
    let isPlain =
      text.first.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "/") }
      ?? false
    let stays = text.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "._/-".contains($0))
    }
    if isPlain && stays { return text }
    var escaped = ""
    for character in text {
      if character == "\"" || character == "\\" { escaped.append("\\") }
      escaped += character == "\n" ? "\\n" : String(character)
    }
    return "\"\(escaped)\""
  }

  private static func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty && line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      }
      line += line.isEmpty ? String(word) : " \(word)"
    }
    return line.isEmpty ? lines : lines + [line]
  }
}
