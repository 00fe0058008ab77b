import FoundationEssentials
import Glibc
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

  /// Replaces the file in one durable step, readable for its owner only.
  public func write(_ keys: [AccessKey]) throws(Failure) {
    let document: JSONValue = ["keys": .array(keys.map(\.stored))]
    let temporary = "\(path).\(getpid()).new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw unwritable() }
    let isWritten = Self.write(document.serialized(), to: descriptor) && fsync(descriptor) == 0
    guard close(descriptor) == 0, isWritten, rename(temporary, path) == 0 else {
      let failure = unwritable()
      unlink(temporary)
      throw failure
    }
    // The name is durable when its directory is: a revoked key must not come back.
    let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return }
    fsync(directory)
    close(directory)
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { all in
        Glibc.write(descriptor, all.baseAddress.map { $0 + done }, all.count - done)
      }
      guard count > 0 || errno == EINTR else { return false }
      done += max(0, count)
    }
    return true
  }

  private var folder: String {
    path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  }

  private func unwritable() -> Failure {
    .unwritable(path: path, reason: String(cString: strerror(errno)))
  }

  /// Runs `body` while no other process changes the file: services that share a volume, and
  /// `matquay keys` beside them.
  func exclusively<R>(_ body: () throws(Failure) -> R) throws(Failure) -> R {
    let lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else { throw unwritable() }
    defer { close(lock) }
    while flock(lock, LOCK_EX) != 0 {
      guard errno == EINTR else { throw unwritable() }
    }
    return try body()
  }

  /// What tells one content of the file from another without reading it; nil where there is none.
  struct Signature: Equatable, Sendable {
    fileprivate let node: UInt
    fileprivate let size: Int
    fileprivate let seconds: Int
    fileprivate let nanoseconds: Int
  }

  /// The file as it is now. A change replaces it, so that its node or its time is another.
  func signature() -> Signature? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Signature(
      node: status.st_ino, size: Int(status.st_size), seconds: status.st_mtim.tv_sec,
      nanoseconds: status.st_mtim.tv_nsec)
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
