/// A media type with its parameters: `type/subtype;name=value` (RFC 9110, section 8.3.1).
public struct MediaType: Sendable, Hashable, CustomStringConvertible {
  /// Type in lower case; `*` in a range.
  public let type: String
  /// Subtype in lower case; `*` in a range.
  public let subtype: String
  /// Parameters in order, names in lower case.
  public let parameters: [Parameter]

  /// One parameter of a media type.
  public struct Parameter: Sendable, Hashable {
    /// Name in lower case.
    public let name: String
    /// Value without quotes.
    public let value: String
  }

  /// Parses the value of a Content-Type field. Nil where it is malformed.
  public init?(_ text: String) {
    var scanner = FieldScanner(text)
    scanner.skipBlanks()
    self.init(&scanner)
    scanner.skipBlanks()
    guard scanner.isAtEnd else { return nil }
  }

  init?(_ scanner: inout FieldScanner) {
    guard let type = scanner.token(), scanner.take(0x2F), let subtype = scanner.token(),
      let parameters = scanner.parameters()
    else { return nil }
    self.type = type.lowercased()
    self.subtype = subtype.lowercased()
    self.parameters = parameters.map { Parameter(name: $0.name, value: $0.value) }
  }

  /// The value of a parameter.
  public subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }

  /// `type/subtype` without parameters.
  public var essence: String { "\(type)/\(subtype)" }

  /// The type as it is written in a field, parameters included.
  public var description: String {
    parameters.reduce(essence) { text, parameter in
      let value = parameter.value
      let isToken = !value.isEmpty && value.utf8.allSatisfy(\.isToken)
      let escaped = value.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] }
      return text + ";\(parameter.name)=" + (isToken ? value : "\"\(String(escaped))\"")
    }
  }
}
