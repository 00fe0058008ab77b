/// What a source holds for one key, before its type is known.
package enum RawSetting: Sendable, Equatable {
  case scalar(String)
  case list([String])
  case mapping([String: String])
}

/// Why a value does not fit; the sentence names what would.
package struct UnfitValue: Error, Sendable, Equatable {
  package let message: String
}

/// How values of one kind are read, written and described.
package struct SettingType<Value: Sendable & Equatable>: Sendable {
  /// For the documentation: `integer`, `duration`, `full | normal` …
  package let name: String
  /// The allowed range in words; `nil` where every value of the type will do.
  package let range: String?
  package let read: @Sendable (RawSetting) throws(UnfitValue) -> Value
  package let write: @Sendable (Value) -> RawSetting
}

/// The text of a scalar; lists and mappings do not fit.
private func scalar(_ raw: RawSetting, _ expected: String) throws(UnfitValue) -> String {
  guard case .scalar(let text) = raw else {
    throw UnfitValue(message: "expected \(expected), not a list or a mapping")
  }
  return text
}

private func bounded<Value: Comparable>(
  _ value: Value, _ range: ClosedRange<Value>, _ words: String
) throws(UnfitValue) -> Value {
  guard range.contains(value) else {
    throw UnfitValue(message: "must be \(words)")
  }
  return value
}

extension SettingType where Value == String {
  /// Any text but the empty one.
  package static let text = SettingType(name: "text", range: nil) { raw throws(UnfitValue) in
    let text = try scalar(raw, "text")
    guard !text.isEmpty else { throw UnfitValue(message: "must not be empty") }
    return text
  } write: {
    .scalar($0)
  }
}

extension SettingType where Value == Bool {
  package static let truth = SettingType(name: "true | false", range: nil) {
    raw throws(UnfitValue) in
    switch try scalar(raw, "true or false").lowercased() {
    case "true", "yes", "on", "1": return true
    case "false", "no", "off", "0": return false
    case let other: throw UnfitValue(message: "expected true or false, not \"\(other)\"")
    }
  } write: {
    .scalar($0 ? "true" : "false")
  }
}

extension SettingType where Value == Int {
  package static func integer(in range: ClosedRange<Int>) -> SettingType {
    let words =
      range.upperBound == .max ? "≥ \(range.lowerBound)" : "\(range.lowerBound)…\(range.upperBound)"
    return SettingType(name: "integer", range: words) { raw throws(UnfitValue) in
      let text = try scalar(raw, "an integer")
      guard let value = Int(text) else {
        throw UnfitValue(message: "expected an integer, not \"\(text)\"")
      }
      return try bounded(value, range, words)
    } write: {
      .scalar(String($0))
    }
  }

  package static func size(in range: ClosedRange<Int>) -> SettingType {
    let lower = Amount.text(bytes: range.lowerBound)
    let words =
      range.upperBound == .max ? "≥ \(lower)" : "\(lower)…\(Amount.text(bytes: range.upperBound))"
    return SettingType(name: "size", range: words) { raw throws(UnfitValue) in
      let text = try scalar(raw, "a size")
      guard let value = Amount.size(text) else {
        throw UnfitValue(message: "expected a size such as 64KB or 256MB, not \"\(text)\"")
      }
      return try bounded(value, range, words)
    } write: {
      .scalar(Amount.text(bytes: $0))
    }
  }
}

extension SettingType where Value == Double {
  package static func number(in range: ClosedRange<Double>, _ words: String) -> SettingType {
    SettingType(name: "number", range: words) { raw throws(UnfitValue) in
      let text = try scalar(raw, "a number")
      guard let value = Double(text), value.isFinite else {
        throw UnfitValue(message: "expected a number, not \"\(text)\"")
      }
      return try bounded(value, range, words)
    } write: {
      .scalar("\($0)")
    }
  }
}

extension SettingType where Value == Duration {
  package static func duration(in range: ClosedRange<Duration>) -> SettingType {
    let words = "\(Amount.text(range.lowerBound))…\(Amount.text(range.upperBound))"
    return SettingType(name: "duration", range: words) { raw throws(UnfitValue) in
      let text = try scalar(raw, "a duration")
      guard let value = Amount.duration(text) else {
        throw UnfitValue(message: "expected a duration such as 10s or 250ms, not \"\(text)\"")
      }
      return try bounded(value, range, words)
    } write: {
      .scalar(Amount.text($0))
    }
  }
}

extension SettingType where Value: CaseIterable & RawRepresentable<String> {
  package static var choice: SettingType {
    let names = Value.allCases.map(\.rawValue)
    return SettingType(name: names.joined(separator: " | "), range: nil) {
      raw throws(UnfitValue) in
      let text = try scalar(raw, "one of \(names.joined(separator: ", "))")
      guard let value = Value(rawValue: text) else {
        throw UnfitValue(
          message: "expected one of \(names.joined(separator: ", ")), not \"\(text)\"")
      }
      return value
    } write: {
      .scalar($0.rawValue)
    }
  }
}

extension SettingType where Value == [String] {
  /// A YAML sequence, or text with commas.
  package static let list = SettingType(name: "list", range: nil) { raw throws(UnfitValue) in
    switch raw {
    case .list(let items): return items
    case .scalar(let text): return commaSeparated(text)
    case .mapping: throw UnfitValue(message: "expected a list, not a mapping")
    }
  } write: {
    .list($0)
  }
}

extension SettingType where Value == [String: String] {
  /// A YAML mapping, or text such as `name=value,name=value`.
  package static let mapping = SettingType(name: "mapping", range: nil) { raw throws(UnfitValue) in
    try pairs(raw)
  } write: {
    .mapping($0)
  }
}

extension SettingType where Value == [String: Int] {
  /// A mapping from names to counts of at least 1.
  package static let counts = SettingType(name: "mapping to integers", range: "≥ 1") {
    raw throws(UnfitValue) in
    var counts: [String: Int] = [:]
    for (name, text) in try pairs(raw) {
      guard let count = Int(text), count >= 1 else {
        throw UnfitValue(message: "expected an integer ≥ 1 for \"\(name)\", not \"\(text)\"")
      }
      counts[name] = count
    }
    return counts
  } write: {
    .mapping($0.mapValues(String.init))
  }
}

extension SettingType {
  /// The same type with one more word that stands for `nil`, such as `auto` or `off`.
  ///
  /// An empty value stands for `nil` too, so that `MATQUAY_STORAGE_URL=` and `url: ""` mean none.
  package func optional(_ word: String) -> SettingType<Value?> {
    SettingType<Value?>(
      name: word.isEmpty ? name : "\(name) | \(word)", range: range
    ) { raw throws(UnfitValue) in
      if raw == .scalar(word) || raw == .scalar("") { return nil }
      return try read(raw)
    } write: { value in
      value.map(write) ?? .scalar(word)
    }
  }
}

private func commaSeparated(_ text: String) -> [String] {
  text.split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }
}

private func trimmed(_ text: Substring) -> String {
  var rest = text
  while rest.first?.isWhitespace == true { rest.removeFirst() }
  while rest.last?.isWhitespace == true { rest.removeLast() }
  return String(rest)
}

private func pairs(_ raw: RawSetting) throws(UnfitValue) -> [String: String] {
  switch raw {
  case .mapping(let pairs): return pairs
  case .list(let items) where items.isEmpty: return [:]
  case .list: throw UnfitValue(message: "expected a mapping, not a list")
  case .scalar(let text):
    var pairs: [String: String] = [:]
    for item in commaSeparated(text) {
      guard let equals = item.firstIndex(of: "=") else {
        throw UnfitValue(message: "expected NAME=VALUE, not \"\(item)\"")
      }
      pairs[String(item[..<equals])] = String(item[item.index(after: equals)...])
    }
    return pairs
  }
}
