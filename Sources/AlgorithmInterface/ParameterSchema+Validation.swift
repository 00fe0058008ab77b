public import JSON

extension ParameterSchema {
  /// Checks a value and fills in defaults.
  ///
  /// - Returns: the canonical value: defaults present, whole numbers as integers.
  /// - Throws: every issue found, with pointers that start at `pointer`.
  /// - Complexity: linear in the size of the value, times the branches of `anyOf`.
  public func validated(
    _ value: JSONValue, at pointer: JSONPointer
  ) throws(RequestRejection) -> JSONValue {
    var check = SchemaCheck()
    let canonical = check.visit(value, self, at: pointer)
    if !check.issues.isEmpty { throw RequestRejection(check.issues) }
    return canonical
  }

  /// Checks the members of `params`.
  public func validated(parameters: JSONObject) throws(RequestRejection) -> Parameters {
    let canonical = try validated(.object(parameters), at: JSONPointer.root.appending("params"))
    guard case .object(let members) = canonical else { return Parameters(JSONObject()) }
    return Parameters(members)
  }
}

/// One pass over a value that collects every issue.
private struct SchemaCheck {
  var issues: [ValidationIssue] = []
  var definitions: [String: ParameterSchema] = [:]

  mutating func visit(
    _ value: JSONValue, _ schema: ParameterSchema, at pointer: JSONPointer
  ) -> JSONValue {
    switch (schema, value) {
    case (.boolean, .bool), (.null, .null):
      return value
    case (.integer(let range), .integer(let number)):
      if let whole = Int(exactly: number), range.contains(whole) { return value }
    case (.integer(let range), .number(let number)):
      if let whole = Int64(exactly: number), let small = Int(exactly: whole), range.contains(small)
      {
        return .integer(whole)
      }
    case (.number(let range), .number(let number)):
      if range.contains(number) { return value }
    case (.number(let range), .integer(let number)):
      if range.contains(Double(number)) { return value }
    case (.string(let length), .string(let text)):
      if text.count <= length { return value }
    case (.choice(let words), .string(let word)):
      if words.contains(word) { return value }
      refuse(value, schema, at: pointer, hint: nearest(to: word, among: words))
      return value
    case (.array(let element, let count), .array(let values)):
      if count.contains(values.count) {
        return .array(
          values.enumerated().map { visit($1, element, at: pointer.appending($0)) })
      }
    case (.object(let parameters), .object(let members)):
      return .object(visitMembers(members, parameters, at: pointer))
    case (.dictionary(let element, let count), .object(let members)):
      if count.contains(members.count) {
        var canonical = JSONObject()
        for (name, member) in members {
          canonical[name] = visit(member, element, at: pointer.appending(name))
        }
        return .object(canonical)
      }
    case (.anyOf(let forms), _):
      return visitAny(value, forms, schema, at: pointer)
    case (.recursive(let name, let form), _):
      definitions[name] = form
      return visit(value, form, at: pointer)
    case (.reference(let name), _):
      if let form = definitions[name] { return visit(value, form, at: pointer) }
    default:
      break
    }
    refuse(value, schema, at: pointer)
    return value
  }

  private mutating func visitMembers(
    _ members: JSONObject, _ parameters: [Parameter], at pointer: JSONPointer
  ) -> JSONObject {
    for name in members.keys where !parameters.contains(where: { $0.name == name }) {
      let hint = nearest(to: name, among: parameters.map(\.name))
      issues.append(
        ValidationIssue(
          pointer.appending(name),
          "unknown member \"\(name)\"" + (hint.map { "; did you mean \"\($0)\"?" } ?? "")))
    }
    var canonical = JSONObject()
    for parameter in parameters {
      if let value = members[parameter.name] {
        canonical[parameter.name] = visit(
          value, parameter.schema, at: pointer.appending(parameter.name))
      } else if let value = parameter.defaultValue {
        canonical[parameter.name] = value
      } else if parameter.isRequired {
        issues.append(
          ValidationIssue(
            pointer.appending(parameter.name),
            "is required: expected \(parameter.schema.words)"))
      }
    }
    return canonical
  }

  /// Takes the first form that fits. Where none does, the form that was probably meant says more
  /// than the list of all forms: the one whose member names fit best, then the one that got
  /// furthest.
  private mutating func visitAny(
    _ value: JSONValue, _ forms: [ParameterSchema], _ schema: ParameterSchema,
    at pointer: JSONPointer
  ) -> JSONValue {
    var blamed: [(misfit: Int, depth: Int, issues: [ValidationIssue])] = []
    for form in forms {
      var attempt = SchemaCheck(definitions: definitions)
      let canonical = attempt.visit(value, form, at: pointer)
      if attempt.issues.isEmpty { return canonical }
      if form.admitsKind(of: value) {
        blamed.append((form.misfit(with: value), attempt.depth, attempt.issues))
      }
    }
    let meant = blamed.min { ($0.misfit, -$0.depth) < ($1.misfit, -$1.depth) }
    if let meant, blamed.count == 1 || meant.depth > pointer.tokens.count {
      issues += meant.issues
    } else {
      refuse(value, schema, at: pointer)
    }
    return value
  }

  /// How far down the deepest issue lies: the branch that got furthest was probably meant.
  private var depth: Int { issues.map(\.pointer.tokens.count).max() ?? 0 }

  private mutating func refuse(
    _ value: JSONValue, _ schema: ParameterSchema, at pointer: JSONPointer, hint: String? = nil
  ) {
    var detail = "expected \(schema.words), got \(value.shortWords)"
    if let hint { detail += "; did you mean \"\(hint)\"?" }
    issues.append(ValidationIssue(pointer, detail))
  }
}

extension JSONValue {
  /// The value as it may stand in a message: long ones by their kind only.
  fileprivate var shortWords: String {
    switch self {
    case .null: return "null"
    case .bool(let flag): return flag ? "true" : "false"
    case .integer(let number): return "\(number)"
    case .number(let number): return "\(number)"
    case .string(let text):
      return text.count <= 40 ? "\"\(text)\"" : "a string of \(text.count) characters"
    case .array(let values): return "a list of \(values.count)"
    case .object: return "an object"
    }
  }
}

/// The word that a mistyped one was probably meant to be: at most two edits away.
private func nearest(to word: String, among words: [String]) -> String? {
  guard word.count <= 40 else { return nil }
  let scored = words.map { ($0, editDistance(Array(word.utf8), Array($0.utf8))) }
  return scored.filter { $0.1 <= 2 && $0.1 < $0.0.utf8.count }.min { $0.1 < $1.1 }?.0
}

/// Levenshtein distance by one row of the table.
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  var row = Array(0...right.count)
  for (i, a) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, b) in right.enumerated() {
      let substituted = diagonal + (a == b ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, diagonal + 1, row[j] + 1)
    }
  }
  return row[right.count]
}
