import Yams

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
    func refuse(_ message: String, _ node: Node?) {
      problems.append(
        SettingProblem(
          rule: .file, key: nil, source: .file(path: path, line: node?.mark?.line),
          message: message))
    }
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      refuse("not valid YAML: \(oneLine(error))", nil)
      return ([], problems)
    }
    guard let root, !isNull(root) else { return ([], []) }
    guard case .mapping(let sections) = root else {
      refuse("expected sections such as \"server:\" at the top", root)
      return ([], problems)
    }
    for (sectionNode, members) in sections {
      let section = sectionNode.string ?? ""
      guard SettingTable.sections.contains(where: { $0.name == section }) else {
        problems.append(
          SettingProblem(
            rule: .unknownKey, key: nil,
            source: .file(path: path, line: sectionNode.mark?.line),
            message: unknown("section", section, among: SettingTable.sections.map(\.name))))
        continue
      }
      if isNull(members) { continue }
      guard case .mapping(let pairs) = members else {
        refuse("expected keys of \"\(section)\" below it, as \"key: value\"", members)
        continue
      }
      for (memberNode, value) in pairs {
        let name = "\(section).\(memberNode.string ?? "")"
        guard let raw = rawValue(value) else {
          refuse("\(name): nested deeper than any key is", value)
          continue
        }
        entries.append(Entry(name: name, raw: raw, line: memberNode.mark?.line))
      }
    }
    return (entries, problems)
  }

  private static func rawValue(_ node: Node) -> RawSetting? {
    switch node {
    case .scalar(let scalar): return .scalar(isNull(node) ? "" : scalar.string)
    case .sequence(let items):
      var texts: [String] = []
      for item in items {
        guard let text = item.string else { return nil }
        texts.append(text)
      }
      return .list(texts)
    case .mapping(let pairs):
      var texts: [String: String] = [:]
      for (key, value) in pairs {
        guard let name = key.string, let text = value.string else { return nil }
        texts[name] = text
      }
      return .mapping(texts)
    case .alias: return nil
    }
  }

  /// Plain `key:`, `~` and `null`; the quoted `""` and `"null"` are text.
  private static func isNull(_ node: Node) -> Bool {
    guard case .scalar(let scalar) = node, scalar.style == .plain || scalar.style == .any
    else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }

  private static func oneLine(_ error: any Error) -> String {
    "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
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
