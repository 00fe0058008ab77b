import COpenSSL

/// The client's side of TLS in memory, so that a test decides which bytes go out when.
final class TLSClient {
  struct Failure: Error { let call: String }

  private let context: OpaquePointer
  private let session: OpaquePointer
  private let received: OpaquePointer
  private let sent: OpaquePointer
  let socket: TestClient

  /// Shakes hands over `socket`; the server's certificate is believed.
  init(over socket: TestClient) throws {
    guard let context = SSL_CTX_new(TLS_client_method()) else { throw Failure(call: "SSL_CTX_new") }
    guard let session = SSL_new(context), let received = BIO_new(BIO_s_mem()),
      let sent = BIO_new(BIO_s_mem())
    else { throw Failure(call: "SSL_new") }
    self.context = context
    self.session = session
    self.received = received
    self.sent = sent
    self.socket = socket
    // The session owns both from now on.
    SSL_set_bio(session, received, sent)
    SSL_set_connect_state(session)
    while true {
      let status = SSL_do_handshake(session)
      try socket.send(takeSent())
      if status == 1 { return }
      guard SSL_get_error(session, status) == SSL_ERROR_WANT_READ else {
        throw Failure(call: "SSL_do_handshake")
      }
      try receive()
    }
  }

  deinit {
    SSL_free(session)
    SSL_CTX_free(context)
  }

  /// The record that carries `text`; sent by whoever asked for it.
  func record(of text: String) throws -> [UInt8] {
    var count = 0
    guard SSL_write_ex(session, text, text.utf8.count, &count) == 1 else {
      throw Failure(call: "SSL_write")
    }
    return takeSent()
  }

  /// What the server has sent next, decrypted.
  func read() throws -> String {
    var bytes = [UInt8](repeating: 0, count: 16_384)
    var count = 0
    while SSL_read_ex(session, &bytes, bytes.count, &count) != 1 { try receive() }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  private func receive() throws {
    let bytes = try socket.some()
    guard !bytes.isEmpty else { throw Failure(call: "end") }
    BIO_write(received, bytes, Int32(bytes.count))
  }

  private func takeSent() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = BIO_read(sent, &bytes, Int32(bytes.count))
    return Array(bytes.prefix(Int(max(0, count))))
  }
}
