public import JSON

extension ParameterSchema {
  /// Reads one `name=value` of a query string.
  ///
  /// The text is taken as JSON where that fits the form, else as a plain string: so `rank=4`,
  /// `method=exact`, `blocks=auto`, `blocks=[4,8]` and `network={…}` all mean what they say.
  /// - Parameters:
  ///   - name: a member of this object form.
  ///   - text: the decoded text after `=`.
  /// - Returns: the value, not yet canonical; the whole of `params` is validated afterwards.
  public func value(ofQueryMember name: String, text: String) -> JSONValue {
    let plain = JSONValue.string(text)
    guard case .object(let parameters) = self,
      let schema = parameters.first(where: { $0.name == name })?.schema,
      let parsed = try? JSONValue.parse(text)
    else { return plain }
    let root = JSONPointer.root
    if (try? schema.validated(parsed, at: root)) != nil { return parsed }
    if (try? schema.validated(plain, at: root)) != nil { return plain }
    return parsed
  }

  /// The names of an object form's members.
  public var memberNames: [String] {
    if case .object(let parameters) = self { parameters.map(\.name) } else { [] }
  }
}
