import Dispatch
import Glibc
import Synchronization

/// A listener that answers each connection with bytes given in advance and keeps what it was sent:
/// the client's other side, so small that nothing of it needs a test.
final class ScriptedServer: Sendable {
  let address: String
  private let listener: Int32
  private let received = Mutex<[[UInt8]]>([])

  /// - Parameters:
  ///   - unixSocket: the path to listen on instead of a free port of 127.0.0.1.
  ///   - answers: one for each connection, in order; after the last the listener closes.
  init?(unixSocket: String? = nil, _ answers: [String]) {
    let listener: Int32
    if let unixSocket {
      listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      var name = sockaddr_un()
      name.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: unixSocket.utf8) }
      let bound = withUnsafePointer(to: &name) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      guard bound == 0, listen(listener, 8) == 0 else { return nil }
      address = "http://localhost"
    } else {
      listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var name = sockaddr_in()
      name.sin_family = sa_family_t(AF_INET)
      name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let port = withUnsafeMutablePointer(to: &name) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer -> UInt16? in
          guard bind(listener, pointer, size) == 0, listen(listener, 8) == 0,
            getsockname(listener, pointer, &size) == 0
          else { return nil }
          return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
            UInt16(bigEndian: $0.pointee.sin_port)
          }
        }
      }
      guard let port else { return nil }
      address = "http://127.0.0.1:\(port)"
    }
    self.listener = listener
    DispatchQueue.global().async { [self] in
      for answer in answers { serve(answer) }
      close(listener)
    }
  }

  /// The requests in full, in the order of their connections.
  var requests: [String] {
    received.withLock { $0.map { String(decoding: $0, as: UTF8.self) } }
  }

  private func serve(_ answer: String) {
    let connection = accept(listener, nil, nil)
    guard connection >= 0 else { return }
    defer { close(connection) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while !isWhole(bytes) {
      let count = read(connection, &chunk, chunk.count)
      guard count > 0 else { break }
      bytes += chunk[..<count]
    }
    received.withLock { $0.append(bytes) }
    let reply = Array(answer.utf8)
    _ = reply.withUnsafeBytes {
      send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
    shutdown(connection, Int32(SHUT_WR))
    // Until the client is done, so that nothing is lost to a reset.
    while read(connection, &chunk, chunk.count) > 0 {}
  }

  private func isWhole(_ bytes: [UInt8]) -> Bool {
    let text = String(decoding: bytes, as: UTF8.self)
    let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return false }
    let lengths = parts[0].split(separator: "\r\n").compactMap { line -> Int? in
      line.lowercased().hasPrefix("content-length: ") ? Int(line.dropFirst(16)) : nil
    }
    return parts[1].utf8.count >= (lengths.first ?? 0)
  }
}
