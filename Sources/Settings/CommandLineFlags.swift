/// Splits arguments into settings: `--server-port 8080`, `--server-port=8080`, `--port 8080`.
package enum CommandLineFlags {
  package struct Parsed {
    /// In the order given, each with the flag as it was written; repeated lists joined into one.
    package var values: [(key: SettingKey, flag: String, raw: RawSetting)] = []
    package var configPath: String?
    package var problems: [SettingProblem] = []

    mutating func refuse(_ flag: String, _ message: String) {
      problems.append(
        SettingProblem(rule: .usage, key: nil, source: .flag(flag), message: message))
    }
  }

  package static func parse(_ arguments: [String]) -> Parsed {
    var parsed = Parsed()
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("--"), argument.count > 2 else {
        parsed.refuse(argument, "unexpected argument")
        continue
      }
      let equals = argument.firstIndex(of: "=")
      let flag = String(argument[..<(equals ?? argument.endIndex)])
      var value = equals.map { String(argument[argument.index(after: $0)...]) }
      let key = SettingTable.byFlag[flag]
      guard key != nil || flag == "--config" else {
        let known = SettingTable.byFlag.keys.sorted() + ["--config"]
        parsed.refuse(flag, unknown("flag", flag, among: known))
        // Its value, if one follows, is not a second mistake.
        if value == nil, rest.first?.hasPrefix("--") == false { rest.removeFirst() }
        continue
      }
      if value == nil {
        if key?.isTruth == true {
          value = rest.first.flatMap { ["true", "false"].contains($0) ? $0 : nil }
          if value != nil { rest.removeFirst() }
          value = value ?? "true"
        } else {
          value = rest.popFirst()
        }
      }
      guard let value else {
        parsed.refuse(flag, "needs a value")
        continue
      }
      if let key { append(value, of: key, flag, to: &parsed) } else { parsed.configPath = value }
    }
    return parsed
  }

  /// A repeated list grows; anything else is taken as written, and the last one holds.
  private static func append(
    _ text: String, of key: SettingKey, _ flag: String, to parsed: inout Parsed
  ) {
    let isList = key.type == "list" || key.type.hasPrefix("mapping")
    if isList, let earlier = parsed.values.firstIndex(where: { $0.key.name == key.name }),
      case .scalar(let start) = parsed.values[earlier].raw
    {
      parsed.values[earlier].raw = .scalar("\(start),\(text)")
    } else {
      parsed.values.append((key, flag, .scalar(text)))
    }
  }
}
