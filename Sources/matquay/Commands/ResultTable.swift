import JSON

/// A report's list `results` as lines for people: one column a member, numbers to the right.
struct ResultTable {
  let text: String

  /// - Returns: `nil` where the report has no such list.
  init?(_ report: JSONObject) {
    guard let rows = report["results"]?.arrayValue?.compactMap(\.objectValue), !rows.isEmpty
    else { return nil }
    let names = Self.columns(rows)
    let lines =
      [names] + rows.map { row in names.map { Self.cell(row[$0] ?? .null) } }
    let isText = names.map { rows[0][$0]?.stringValue != nil }
    let widths = names.indices.map { column in
      lines.map { $0[column].count }.max() ?? 0
    }
    text = lines.map { line in
      let cells = names.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - line[column].count)
        return isText[column] ? line[column] + space : space + line[column]
      }
      return cells.joined(separator: "  ") + "\n"
    }.joined()
  }

  /// The members of the first row that say something in any row: not all absent, 0, or 1 run.
  private static func columns(_ rows: [JSONObject]) -> [String] {
    rows[0].map(\.key).filter { name in
      rows.contains { row in
        guard let value = row[name], !value.isNull else { return false }
        return value.doubleValue.map { $0 != (name == "runs" ? 1 : 0) } ?? true
      }
    }
  }

  private static func cell(_ value: JSONValue) -> String {
    if value.isNull { return "-" }
    if let text = value.stringValue { return text }
    guard let number = value.doubleValue else { return value.serializedText() }
    if number == number.rounded(), abs(number) < 1e15 { return "\(Int(number))" }
    return Self.digits(number)
  }

  /// Five significant digits and no exponent where that is shorter.
  private static func digits(_ number: Double) -> String {
    guard abs(number) >= 1e-4, abs(number) < 1e9 else { return "\(number)" }
    var scale = 1.0
    while abs(number) * scale < 10_000 { scale *= 10 }
    return "\((number * scale).rounded() / scale)"
  }
}
