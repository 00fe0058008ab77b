import COpenSSL

/// A SHA-256 digest (FIPS 180-4): 32 bytes.
public struct SHA256Digest: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Big-endian words, so that comparing them compares the bytes.
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// The digest of `bytes`; about 1 GB/s on one core.
  public init(of bytes: [UInt8]) {
    self = bytes.withUnsafeBytes { SHA256Digest(of: $0) }
  }

  public init(of bytes: UnsafeRawBufferPointer) {
    var hasher = SHA256Hasher()
    hasher.update(bytes)
    self = hasher.finish()
  }

  /// Takes over exactly 32 bytes; nil for any other count.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    var words: [UInt64] = []
    var word: UInt64 = 0
    for (index, byte) in bytes.enumerated() {
      word = word << 8 | UInt64(byte)
      if index % 8 == 7 { words.append(word) }
    }
    self.words = (words[0], words[1], words[2], words[3])
  }

  /// The digest with every bit the other way: a name for bytes that no content has by itself, where
  /// finding one that does would break SHA-256.
  public var complement: SHA256Digest {
    SHA256Digest(words: (~words.0, ~words.1, ~words.2, ~words.3))
  }

  private init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

  /// Reads 64 hexadecimal digits of either case, with or without `sha256-` before them.
  public init?(_ text: some StringProtocol) {
    let digits = Array(text.utf8)
    let prefix = Array("sha256-".utf8)
    let body = digits.starts(with: prefix) ? digits.dropFirst(prefix.count) : digits[...]
    guard body.count == 64 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    var high: UInt8?
    for digit in body {
      guard let value = Hexadecimal.value(of: digit) else { return nil }
      if let first = high {
        bytes.append(first << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    self.init(bytes: bytes)
  }

  /// 64 lower-case hexadecimal digits.
  public var hexadecimal: String {
    Hexadecimal.text(words.0) + Hexadecimal.text(words.1) + Hexadecimal.text(words.2)
      + Hexadecimal.text(words.3)
  }

  /// The first 8 bytes as a number.
  package var leading: UInt64 { words.0 }

  public var bytes: [UInt8] {
    [words.0, words.1, words.2, words.3].flatMap { word in
      (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) }
    }
  }

  /// `sha256-` and the digits, as references to blobs are written.
  public var description: String { "sha256-" + hexadecimal }

  public static func == (left: SHA256Digest, right: SHA256Digest) -> Bool {
    left.words == right.words
  }

  public static func < (left: SHA256Digest, right: SHA256Digest) -> Bool {
    left.words < right.words
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

/// SHA-256 over bytes that come in pieces.
///
/// Wraps one `EVP_MD_CTX` of OpenSSL. A noncopyable value, so the context has one owner and is
/// freed with it. OpenSSL's digest calls fail only for want of memory or a misused context.
public struct SHA256Hasher: ~Copyable {
  private let context: OpaquePointer?

  public init() {
    context = EVP_MD_CTX_new()
    let started = EVP_DigestInit_ex(context, EVP_sha256(), nil)
    precondition(started == 1, "SHA-256 is part of every OpenSSL")
  }

  deinit { EVP_MD_CTX_free(context) }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    LongWork.inPieces(of: bytes.count) { piece in
      let some = UnsafeRawBufferPointer(rebasing: bytes[piece])
      _ = EVP_DigestUpdate(context, some.baseAddress, some.count)
    }
  }

  public mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// The digest of everything so far; the hasher is used up.
  public consuming func finish() -> SHA256Digest {
    let bytes = [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
      _ = EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
      count = 32
    }
    guard let digest = SHA256Digest(bytes: bytes) else {
      preconditionFailure("a SHA-256 digest has 32 bytes")
    }
    return digest
  }
}
