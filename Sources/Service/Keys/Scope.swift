/// What a key may do. `admin` includes the others; `submit` includes `read`.
public enum Scope: String, CaseIterable, Sendable, Hashable {
  case read, submit, admin

  /// Whether a key with this scope may use routes of another.
  func includes(_ other: Scope) -> Bool {
    switch self {
    case .admin: true
    case .submit: other != .admin
    case .read: other == .read
    }
  }
}

/// Who sent a request.
struct Caller: Sendable, Equatable {
  /// Id of the key; empty where the service runs without keys.
  var id: String
  var scopes: Set<Scope>

  /// Everyone, where there are no keys.
  static let everyone = Caller(id: "", scopes: [.admin])

  func may(_ scope: Scope) -> Bool { scopes.contains { $0.includes(scope) } }

  /// Whose jobs this caller sees: nil for everybody's.
  var visibleOwner: String? { may(.admin) ? nil : id }

  func sees(owner: String) -> Bool { may(.admin) || owner == id }
}
