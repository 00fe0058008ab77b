import COpenSSL
import HTTP

/// One TLS connection over a non-blocking socket; used by its loop alone.
final class TLSSession {
  private let session: OpaquePointer
  /// A fatal error happened: OpenSSL forbids any further call but freeing.
  private var isBroken = false
  /// The last read wanted more from the socket: what is buffered is a part of a record, of no use
  /// before the rest has come.
  private var isStarved = false

  /// Takes over `session`.
  init(_ session: OpaquePointer) {
    self.session = session
  }

  deinit { SSL_free(session) }

  /// The handshake is over.
  var isEstablished: Bool { SSL_is_init_finished(session) == 1 }

  /// Bytes are waiting inside that another read may give.
  var hasBuffered: Bool { !isBroken && !isStarved && SSL_has_pending(session) == 1 }

  /// Reads clear bytes; the first calls also shake hands.
  func read(_ buffer: UnsafeMutableRawBufferPointer) -> TransportResult {
    if isBroken { return .failed }
    ERR_clear_error()
    var count = 0
    isStarved = SSL_read_ex(session, buffer.baseAddress, buffer.count, &count) != 1
    return isStarved ? failure(SSL_ERROR_WANT_READ) : .moved(count)
  }

  /// Writes up to one record of clear bytes.
  func write(_ bytes: UnsafeRawBufferPointer) -> TransportResult {
    if isBroken { return .failed }
    ERR_clear_error()
    var count = 0
    if SSL_write_ex(session, bytes.baseAddress, bytes.count, &count) == 1 { return .moved(count) }
    return failure(SSL_ERROR_WANT_WRITE)
  }

  private func failure(_ own: Int32) -> TransportResult {
    switch SSL_get_error(session, 0) {
    case own: return .blocked(otherWay: false)
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .blocked(otherWay: true)
    case SSL_ERROR_ZERO_RETURN: return .ended
    default:
      isBroken = true
      return .failed
    }
  }

  /// Tells the peer that no more will be sent, as far as the socket takes it now.
  func closeNotify() {
    guard !isBroken, isEstablished else { return }
    ERR_clear_error()
    _ = SSL_shutdown(session)
  }

  /// Names of the verified client certificate: common name, then subject alternative names.
  func certificateNames() -> [String] {
    guard SSL_get_verify_result(session) == X509_V_OK,
      let certificate = copenssl_peer_certificate(session)
    else { return [] }
    defer { X509_free(certificate) }
    var names: [String] = []
    let subject = X509_get_subject_name(certificate)
    let index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1)
    if index >= 0, let entry = X509_NAME_get_entry(subject, index),
      let name = Self.text(X509_NAME_ENTRY_get_data(entry))
    {
      names.append(name)
    }
    if let alternatives = copenssl_alternative_names(certificate) {
      defer { copenssl_general_names_free(alternatives) }
      for index in 0..<copenssl_general_name_count(alternatives) {
        if let name = Self.text(copenssl_general_name(alternatives, index)) { names.append(name) }
      }
    }
    return names
  }

  /// A name with a NUL inside is left out: it is meant to be read as something else.
  private static func text(_ string: UnsafePointer<ASN1_STRING>?) -> String? {
    guard let string else { return nil }
    var count: Int32 = 0
    guard let bytes = copenssl_utf8(string, &count) else { return nil }
    defer { copenssl_free(bytes) }
    let buffer = UnsafeBufferPointer(start: bytes, count: Int(count))
    return buffer.contains(0) ? nil : String(decoding: buffer, as: UTF8.self)
  }
}
