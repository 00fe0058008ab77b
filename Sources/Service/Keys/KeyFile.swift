import FoundationEssentials
import JSON
import Jobs
import Observability

/// A file of keys: `{"keys": [{"id", "name", "scopes", "sha256", "created_at"}, …]}`.
///
/// It holds digests of secrets, no secrets. `matquay keys create` and `POST /v1/keys` write it; a
/// container may be given one (`auth.keys_file`).
public struct KeyFile: Sendable {
  /// Why a file of keys is not taken.
  public enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
    case unreadable(path: String, reason: String)
    case malformed(path: String, reason: String)
    case unwritable(path: String, reason: String)

    public var description: String {
      switch self {
      case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
      case .malformed(let path, let reason): "\(path) is no file of keys: \(reason)"
      case .unwritable(let path, let reason): "\(path) cannot be written: \(reason)"
      }
    }
  }

  public let path: String

  public init(path: String) { self.path = path }

  /// The keys; none where the file is not there and `isOptional`.
  public func read(isOptional: Bool) throws(Failure) -> [AccessKey] {
    if isOptional && !FileManager.default.fileExists(atPath: path) { return [] }
    let data: Data
    do { data = try Data(contentsOf: URL(filePath: path)) } catch {
      throw .unreadable(path: path, reason: "\(error)")
    }
    let document: JSONValue
    do throws(JSONError) { document = try JSONValue.parse(Array(data)) } catch {
      throw .malformed(path: path, reason: error.description)
    }
    guard let entries = document["keys"]?.arrayValue else {
      throw .malformed(path: path, reason: "it has no list \"keys\"")
    }
    var keys: [AccessKey] = []
    for (index, entry) in entries.enumerated() {
      guard let key = AccessKey(stored: entry) else {
        throw .malformed(path: path, reason: "entry \(index) lacks a member or has a wrong one")
      }
      keys.append(key)
    }
    return keys
  }

  /// Replaces the file in one step, readable for its owner only.
  public func write(_ keys: [AccessKey]) throws(Failure) {
    let document: JSONValue = ["keys": .array(keys.map(\.stored))]
    do {
      try Data(document.serialized()).write(to: URL(filePath: path), options: .atomic)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    } catch {
      throw .unwritable(path: path, reason: "\(error)")
    }
  }
}

extension AccessKey {
  /// The members that `POST /v1/keys` and `GET /v1/keys` show.
  var document: JSONObject {
    [
      "id": .string(id), "name": .string(name),
      "scopes": .array(Scope.allCases.filter { scopes.contains($0) }.map { .string($0.rawValue) }),
      "created_at": .string(createdAt.text),
    ]
  }

  fileprivate var stored: JSONValue {
    var document = document
    document["sha256"] = .string(digest.hexadecimal)
    return .object(document)
  }

  fileprivate init?(stored entry: JSONValue) {
    guard let id = entry["id"]?.stringValue, Self.isValid(id: id),
      let digest = entry["sha256"]?.stringValue.flatMap({ SHA256Digest($0) }),
      let words = entry["scopes"]?.arrayValue
    else { return nil }
    let scopes = words.compactMap { $0.stringValue.flatMap(Scope.init(rawValue:)) }
    guard !scopes.isEmpty, scopes.count == words.count else { return nil }
    let created = entry["created_at"]?.stringValue.flatMap { Timestamp(rfc3339: $0) }
    self.init(
      id: id, name: entry["name"]?.stringValue ?? id, scopes: Set(scopes), digest: digest,
      createdAt: created ?? Timestamp(milliseconds: 0))
  }

  private static func isValid(id: String) -> Bool {
    (1...64).contains(id.utf8.count)
      && id.utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0) || $0 == 45 }
  }
}
