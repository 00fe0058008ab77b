/// The preferences of a Prefer field (RFC 7240).
public struct Preferences: Sendable, Equatable {
  /// One preference: `name[=value][; parameters]`, names in lower case.
  public struct Preference: Sendable, Equatable {
    /// Name in lower case.
    public let name: String
    /// Value without quotes; empty where there is none.
    public let value: String
  }

  /// Every well-formed preference, the first of a name only (RFC 7240, section 2).
  public let all: [Preference]

  /// Parses the field's value; nil is the same as empty. Malformed members are left out, since a
  /// preference may always be ignored.
  public init(_ field: String?) {
    var all: [Preference] = []
    var scanner = FieldScanner(field ?? "")
    while !scanner.isAtEnd {
      scanner.skipBlanks()
      if let name = scanner.token()?.lowercased() {
        scanner.skipBlanks()
        var value: String? = ""
        if scanner.take(0x3D) {
          scanner.skipBlanks()
          value = scanner.tokenOrQuotedString()
        }
        if let value, scanner.parameters(valuesAreOptional: true) != nil,
          !all.contains(where: { $0.name == name })
        {
          all.append(Preference(name: name, value: value))
        }
      }
      scanner.skipMember()
    }
    self.all = all
  }

  /// The value of a preference, empty where it has none; nil where it was not asked for.
  public subscript(name: String) -> String? { all.first { $0.name == name }?.value }

  /// `respond-async`: answer at once rather than wait (section 4.1).
  public var respondsAsync: Bool { self["respond-async"] != nil }

  /// `wait`: seconds to wait for the result (section 4.3); nil where absent or no plain number.
  public var wait: Int? {
    guard let text = self["wait"], !text.isEmpty, text.utf8.count <= 9,
      text.utf8.allSatisfy(\.isDigit)
    else { return nil }
    return Int(text)
  }
}
