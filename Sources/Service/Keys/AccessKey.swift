import COpenSSL
import JSON
public import Jobs
public import Observability

/// A caller's key as it is stored.
public struct AccessKey: Sendable, Equatable {
  /// Lower-case letters and digits; the owner of the caller's jobs.
  public var id: String
  /// For people.
  public var name: String
  public var scopes: Set<Scope>
  /// Of the secret, which is 256 random bits and so needs no slow hash.
  public var digest: SHA256Digest
  public var createdAt: Timestamp

  public init(
    id: String, name: String, scopes: Set<Scope>, digest: SHA256Digest, createdAt: Timestamp
  ) {
    self.id = id
    self.name = name
    self.scopes = scopes
    self.digest = digest
    self.createdAt = createdAt
  }

  /// Makes a key and the text that its holder sends: `mq_ID_SECRET`. The secret is in nothing else.
  public static func make(
    name: String, scopes: Set<Scope>, at now: Timestamp
  ) -> (key: AccessKey, text: String) {
    let id = hexadecimal(random(count: 8))
    let secret = hexadecimal(random(count: 32))
    let digest = SHA256Digest(of: Array(secret.utf8))
    let key = AccessKey(id: id, name: name, scopes: scopes, digest: digest, createdAt: now)
    return (key, "mq_\(id)_\(secret)")
  }

  /// What a request carries.
  struct Credential {
    var id: String
    var digest: SHA256Digest

    /// Nil where the text is not `mq_ID_SECRET`.
    init?(_ text: String) {
      let parts = text.split(separator: "_", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, parts[0] == "mq", !parts[1].isEmpty, !parts[2].isEmpty else {
        return nil
      }
      id = String(parts[1])
      digest = SHA256Digest(of: Array(parts[2].utf8))
    }
  }

  /// Random bytes of the operating system's generator.
  private static func random(count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

/// Comparisons whose time does not depend on where the difference is.
enum ConstantTime {
  static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
  }
}
