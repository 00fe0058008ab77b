import COpenSSL
import FoundationEssentials

/// What webhooks are signed with (Standard Webhooks, "Signature scheme"): 24 to 64 random bytes,
/// written as `whsec_` and base64.
public struct WebhookSecret: Sendable {
  private let key: [UInt8]

  /// Nil where the text is no such secret.
  public init?(_ text: String) {
    let prefix = "whsec_"
    guard text.hasPrefix(prefix),
      let data = Data(base64Encoded: String(text.dropFirst(prefix.count))),
      (24...64).contains(data.count)
    else { return nil }
    key = Array(data)
  }

  /// `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
  package func signature(id: String, timestamp: Int64, body: [UInt8]) -> String {
    let signed = Array("\(id).\(timestamp).".utf8) + body
    let code = [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
      var length: UInt32 = 0
      _ = HMAC(
        EVP_sha256(), key, Int32(key.count), signed, signed.count, buffer.baseAddress, &length)
      count = Int(length)
    }
    return "v1," + Data(code).base64EncodedString()
  }
}
