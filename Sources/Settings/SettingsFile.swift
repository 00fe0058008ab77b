/// Reads a settings file: YAML of two levels, section and member.
package enum SettingsFile {
  /// One value of the file, with the line that it stands on.
  package struct Entry: Sendable, Equatable {
    package let name: String
    package let raw: RawSetting
    package let line: Int?
  }

  /// The file's values in its order, and everything wrong with its form.
  package static func read(
    _ text: String, path: String
  ) -> (entries: [Entry], problems: [SettingProblem]) {
    var entries: [Entry] = []
    var problems: [SettingProblem] = []
    func refuse(_ message: String, _ line: Int?) {
      problems.append(
        SettingProblem(
          rule: .file, key: nil, source: .file(path: path, line: line), message: message))
    }
    let root: YAMLNode?
    do {
      root = try YAMLNode.parse(text)
    } catch {
      refuse("not valid YAML: \(error.message)", error.line)
      return ([], problems)
    }
    guard let root, !isNull(root) else { return ([], []) }
    guard case .mapping(let sections) = root.content else {
      refuse("expected sections such as \"server:\" at the top", root.line)
      return ([], problems)
    }
    for (sectionNode, members) in sections {
      let section = sectionNode.text ?? ""
      guard SettingTable.sections.contains(where: { $0.name == section }) else {
        problems.append(
          SettingProblem(
            rule: .unknownKey, key: nil,
            source: .file(path: path, line: sectionNode.line),
            message: unknown("section", section, among: SettingTable.sections.map(\.name))))
        continue
      }
      if isNull(members) { continue }
      guard case .mapping(let pairs) = members.content else {
        refuse("expected keys of \"\(section)\" below it, as \"key: value\"", members.line)
        continue
      }
      for (memberNode, value) in pairs {
        let name = "\(section).\(memberNode.text ?? "")"
        guard let raw = rawValue(value) else {
          refuse("\(name): nested deeper than any key is", value.line)
          continue
        }
        entries.append(Entry(name: name, raw: raw, line: memberNode.line))
      }
    }
    return (entries, problems)
  }

  private static func rawValue(_ node: YAMLNode) -> RawSetting? {
    switch node.content {
    case .scalar(let text, _): return .scalar(isNull(node) ? "" : text)
    case .sequence(let items):
      var texts: [String] = []
      for item in items {
        guard let text = item.text else { return nil }
        texts.append(text)
      }
      return .list(texts)
    case .mapping(let pairs):
      var texts: [String: String] = [:]
      for (key, value) in pairs {
        guard let name = key.text, let text = value.text else { return nil }
        texts[name] = text
      }
      return .mapping(texts)
    case .tooDeep: return nil
    }
  }

  /// Plain `key:`, `~` and `null`; the quoted `""` and `"null"` are text.
  private static func isNull(_ node: YAMLNode) -> Bool {
    guard case .scalar(let text, isPlain: true) = node.content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }
}

/// "unknown NOUN "x"; did you mean "y"?", where something is near enough.
func unknown(_ noun: String, _ name: String, among known: [String]) -> String {
  let nearest = known.map { ($0, editDistance($0, name)) }.min { $0.1 < $1.1 }
  guard let (candidate, distance) = nearest, distance <= max(2, name.count / 4) else {
    return "unknown \(noun) \"\(name)\""
  }
  return "unknown \(noun) \"\(name)\"; did you mean \"\(candidate)\"?"
}

/// Levenshtein's distance, O(m·n) time and O(n) memory.
private func editDistance(_ left: String, _ right: String) -> Int {
  let columns = Array(right)
  var row = Array(0...columns.count)
  for (i, character) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in columns.enumerated() {
      let substituted = diagonal + (character == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
    }
  }
  return row[columns.count]
}
