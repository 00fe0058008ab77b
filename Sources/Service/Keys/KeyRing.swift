import HTTP
import HTTPTypes
import JSON
import Jobs
import Observability
import Synchronization

/// The keys that callers may use, in memory.
///
/// Invariants:
/// 1. Only SHA-256 digests of secrets are held: a secret is known to whoever made it.
/// 2. While there is no key at all, everyone may do everything where `opensWithoutKeys` (the
///    service is bound to loopback, or the operator said so), and nobody may do anything else.
/// 3. What is in memory was in the files when they were last read; a change is made to the file as
///    it is, not to what memory holds of it, because other processes change it too.
public final class KeyRing: Sendable {
  private struct State {
    var fixed: [AccessKey]
    var stored: [AccessKey]
    /// Of the files when they were last looked at.
    var signatures: [KeyFile.Signature?] = []

    func key(_ id: String) -> AccessKey? {
      stored.first { $0.id == id } ?? fixed.first { $0.id == id }
    }
  }

  private let fixedFile: KeyFile?
  private let storedFile: KeyFile?
  private let opensWithoutKeys: Bool
  private let state: Mutex<State>
  /// Held while the file is written, so that two changes do not overwrite each other.
  private let writing = Mutex(())

  /// Keys that are in memory only.
  public init(_ keys: [AccessKey] = [], opensWithoutKeys: Bool = true) {
    fixedFile = nil
    storedFile = nil
    self.opensWithoutKeys = opensWithoutKeys
    state = Mutex(State(fixed: [], stored: keys))
  }

  /// - Parameters:
  ///   - fixed: a file that the operator gives (`auth.keys_file`); must be there.
  ///   - stored: where keys made through the interface or the command line go, in the data
  ///     directory; need not be there yet.
  ///   - opensWithoutKeys: while there is none, everyone may do everything.
  public init(
    fixed: KeyFile?, stored: KeyFile, opensWithoutKeys: Bool = true
  ) throws(KeyFile.Failure) {
    fixedFile = fixed
    storedFile = stored
    self.opensWithoutKeys = opensWithoutKeys
    // Looked at before they are read: what changes in between is seen the next time.
    let signatures = [fixed?.signature(), stored.signature()]
    let keys = State(
      fixed: try fixed?.read(isOptional: false) ?? [], stored: try stored.read(isOptional: true),
      signatures: signatures)
    state = Mutex(keys)
  }

  /// Reads the files again (SIGHUP). On failure the keys stay as they are.
  public func reload() throws(KeyFile.Failure) {
    let signatures = [fixedFile?.signature(), storedFile?.signature()]
    // Noted also where reading fails, so that a damaged file is complained of once.
    state.withLock { $0.signatures = signatures }
    let fixed = try fixedFile?.read(isOptional: false)
    let stored = try storedFile?.read(isOptional: true)
    state.withLock { state in
      if let fixed { state.fixed = fixed }
      if let stored { state.stored = stored }
    }
  }

  /// Reads the files again if they have changed: what another process on the same volume made or
  /// revoked holds here too. True where they had. On failure the keys stay as they are.
  public func reloadIfChanged() throws(KeyFile.Failure) -> Bool {
    let signatures = [fixedFile?.signature(), storedFile?.signature()]
    guard state.withLock({ $0.signatures != signatures }) else { return false }
    try reload()
    return true
  }

  /// There is no key.
  public var isEmpty: Bool { state.withLock { $0.fixed.isEmpty && $0.stored.isEmpty } }

  /// The keys, oldest first.
  public var all: [AccessKey] {
    state.withLock { $0.fixed + $0.stored }.sorted { left, right in
      (left.createdAt.milliseconds, left.id) < (right.createdAt.milliseconds, right.id)
    }
  }

  /// Adds a key, durably.
  public func add(_ key: AccessKey) throws(KeyFile.Failure) {
    try change { $0 + [key] }
  }

  /// What became of a removal.
  public enum Removal: Sendable, Equatable {
    case removed
    /// It stands in a file that only the operator changes.
    case isFixed
    case notFound
  }

  /// Removes a key, durably.
  public func remove(id: String) throws(KeyFile.Failure) -> Removal {
    var removal = Removal.notFound
    try change { keys in
      let rest = keys.filter { $0.id != id }
      if rest.count < keys.count { removal = .removed }
      return rest
    }
    if removal == .notFound, state.withLock({ $0.fixed.contains { $0.id == id } }) {
      return .isFixed
    }
    return removal
  }

  private func change(_ edit: ([AccessKey]) -> [AccessKey]) throws(KeyFile.Failure) {
    try writing.withLock { _ throws(KeyFile.Failure) in
      guard let storedFile else { return state.withLock { $0.stored = edit($0.stored) } }
      try storedFile.exclusively { () throws(KeyFile.Failure) in
        let known = try storedFile.read(isOptional: true)
        let keys = edit(known)
        if keys != known { try storedFile.write(keys) }
        // Nobody else writes now: what is in the file is what will be in memory.
        let signature = storedFile.signature()
        state.withLock { state in
          state.stored = keys
          state.signatures = [state.signatures.first ?? nil, signature]
        }
      }
    }
  }

  /// The caller that a credential stands for.
  ///
  /// - Parameters:
  ///   - authorization: the value of `Authorization`.
  ///   - certificateKey: id of the key that a client certificate stands for.
  /// - Throws: `unauthorized` where there is none, or it is wrong.
  func caller(authorization: String?, certificateKey: String?) throws(Problem) -> Caller {
    if isEmpty {
      if opensWithoutKeys { return .everyone }
      throw Self.refusal("The service has no keys any more; its operator has to make one.")
    }
    if let authorization { return try caller(bearing: authorization) }
    if let certificateKey, let key = state.withLock({ $0.key(certificateKey) }) {
      return Caller(id: key.id, scopes: key.scopes)
    }
    throw Self.refusal("A key is needed: Authorization: Bearer mq_ID_SECRET.")
  }

  private func caller(bearing authorization: String) throws(Problem) -> Caller {
    let words = authorization.split(separator: " ", maxSplits: 1)
    guard words.count == 2, words[0].lowercased() == "bearer",
      let credential = AccessKey.Credential(String(words[1].drop { $0 == " " }))
    else { throw Self.refusal("Authorization is not \"Bearer mq_ID_SECRET\".") }
    let key = state.withLock { $0.key(credential.id) }
    // An unknown id costs the same hash and comparison as a wrong secret.
    let expected = key?.digest ?? SHA256Digest(of: [])
    let matches = ConstantTime.equal(expected.bytes, credential.digest.bytes)
    guard let key, matches else { throw Self.refusal("The key is not known.") }
    return Caller(id: key.id, scopes: key.scopes)
  }

  /// The value of `WWW-Authenticate`.
  static let challenge = "Bearer realm=\"matquay\""

  private static func refusal(_ detail: String) -> Problem {
    Problem(.unauthorized, detail, fields: [.wwwAuthenticate: challenge])
  }
}
