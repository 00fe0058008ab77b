import COpenSSL
import HTTP
import Synchronization

/// Certificates and rules of TLS, shared by the sessions made from it.
///
/// Invariant of `@unchecked Sendable`: OpenSSL's `SSL_CTX` counts its references atomically and is
/// only read once it is set up; this object owns one reference and changes nothing after `init`.
final class TLSContext: @unchecked Sendable {
  private let context: OpaquePointer

  /// Loads the files. TLS 1.2 and 1.3, the library's cipher defaults, no renegotiation, ALPN
  /// `http/1.1`.
  init(_ configuration: TLSConfiguration) throws(ServerError) {
    guard let context = SSL_CTX_new(TLS_server_method()) else {
      throw .certificate(file: configuration.certificateFile, reason: Self.lastError())
    }
    self.context = context
    _ = copenssl_set_minimum_version(context, TLS1_2_VERSION)
    let options =
      UInt64(1) << 30  // SSL_OP_NO_RENEGOTIATION
      | UInt64(1) << 7  // SSL_OP_IGNORE_UNEXPECTED_EOF: HTTP marks the ends of its messages itself
      | UInt64(1) << 17  // SSL_OP_NO_COMPRESSION
      | UInt64(1) << 22  // SSL_OP_CIPHER_SERVER_PREFERENCE
    SSL_CTX_set_options(context, options)
    // Partial writes from a buffer that moves, and no buffers held by idle connections.
    _ = copenssl_set_mode(
      context,
      Int(SSL_MODE_ENABLE_PARTIAL_WRITE) | Int(SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER)
        | Int(SSL_MODE_RELEASE_BUFFERS))
    // Whole records with one read of the socket, not one for the head and one for the rest.
    copenssl_set_read_ahead(context)
    // Sessions are resumed by tickets; a cache on this side would grow with the clients.
    _ = copenssl_set_session_cache_mode(context, Int(SSL_SESS_CACHE_OFF))
    let name = Array("matquay".utf8)
    SSL_CTX_set_session_id_context(context, name, UInt32(name.count))
    SSL_CTX_set_alpn_select_cb(context, selectProtocol, nil)
    try load(configuration)
  }

  deinit { SSL_CTX_free(context) }

  private func load(_ configuration: TLSConfiguration) throws(ServerError) {
    ERR_clear_error()
    guard SSL_CTX_use_certificate_chain_file(context, configuration.certificateFile) == 1 else {
      throw .certificate(file: configuration.certificateFile, reason: Self.lastError())
    }
    guard SSL_CTX_use_PrivateKey_file(context, configuration.keyFile, SSL_FILETYPE_PEM) == 1,
      SSL_CTX_check_private_key(context) == 1
    else { throw .certificate(file: configuration.keyFile, reason: Self.lastError()) }
    guard let authority = configuration.clientAuthorityFile else { return }
    guard SSL_CTX_load_verify_file(context, authority) == 1,
      let names = SSL_load_client_CA_file(authority)
    else { throw .certificate(file: authority, reason: Self.lastError()) }
    SSL_CTX_set_client_CA_list(context, names)
    let mode =
      SSL_VERIFY_PEER
      | (configuration.requiresClientCertificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0)
    SSL_CTX_set_verify(context, mode, nil)
  }

  /// A session on a connected, non-blocking socket.
  func makeSession(_ descriptor: Int32) -> TLSSession? {
    guard let session = SSL_new(context) else { return nil }
    guard SSL_set_fd(session, descriptor) == 1 else {
      SSL_free(session)
      return nil
    }
    SSL_set_accept_state(session)
    return TLSSession(session)
  }

  private static func lastError() -> String {
    let code = ERR_get_error()
    guard code != 0, let text = ERR_reason_error_string(code) else { return "unknown error" }
    return String(cString: text)
  }
}

/// Chooses `http/1.1` from the client's own list, whose memory outlives the call. A global
/// function: closures written in main.swift would be bound to the main actor.
private func selectProtocol(
  _ session: OpaquePointer?, _ selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
  _ selectedCount: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?,
  _ offeredCount: UInt32, _ argument: UnsafeMutableRawPointer?
) -> Int32 {
  guard let selected, let selectedCount, let offered else { return SSL_TLSEXT_ERR_NOACK }
  let wanted = Array("http/1.1".utf8)
  var position = 0
  while position < Int(offeredCount) {
    let count = Int(offered[position])
    guard position + 1 + count <= Int(offeredCount) else { break }
    let name = UnsafeBufferPointer(start: offered + position + 1, count: count)
    if name.elementsEqual(wanted) {
      selected.pointee = offered + position + 1
      selectedCount.pointee = UInt8(count)
      return SSL_TLSEXT_ERR_OK
    }
    position += 1 + count
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL
}

/// The context that new connections get; swapped on reload, while live ones keep theirs.
final class TLSContextBox: Sendable {
  private let context: Mutex<TLSContext>

  init(_ context: TLSContext) {
    self.context = Mutex(context)
  }

  var current: TLSContext { context.withLock { $0 } }

  func replace(_ new: TLSContext) {
    context.withLock { $0 = new }
  }
}
