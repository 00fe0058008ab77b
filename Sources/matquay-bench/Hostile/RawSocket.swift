import Glibc

/// A TCP connection to this machine on which anything can be sent. Every call is bounded by some
/// seconds; none throws: who is hostile does not mind, and who is not looks at the result.
final class RawSocket {
  private let descriptor: Int32
  private var buffer: [UInt8] = []

  /// - Parameter receiveBuffer: bytes that the kernel keeps for a slow reader.
  init?(port: Int, seconds: Int = 10, receiveBuffer: Int32? = nil) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
    if var receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, 4) }
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = in_port_t(port).bigEndian
    name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if result != 0 { return nil }
  }

  deinit { close(descriptor) }

  /// The connection ends with a reset when this object goes.
  func resetOnClose() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  /// Ends the sending side.
  func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// False where the other end takes no more.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(
          descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// An answer with its whole body (Content-Length only); nil where none came.
  func answer() -> (status: Int, fields: [String: String], body: [UInt8])? {
    while true {
      if let end = headEnd() {
        let lines = String(decoding: buffer[..<end], as: UTF8.self).split(separator: "\r\n")
        buffer.removeFirst(end)
        guard
          let status = lines.first.flatMap({ Int($0.split(separator: " ").dropFirst().first ?? "") }
          )
        else { return nil }
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
          let parts = line.split(separator: ":", maxSplits: 1)
          if parts.count == 2 {
            fields[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
          }
        }
        guard let length = fields["content-length"].flatMap({ Int($0) }) else { return nil }
        while buffer.count < length { guard fill() else { return nil } }
        let body = Array(buffer[..<length])
        buffer.removeFirst(length)
        return (status, fields, body)
      }
      guard fill() else { return nil }
    }
  }

  /// Reads and drops what comes until the other end closes, the time is over or `bytes` have come.
  func drain(bytes: Int = .max) {
    var left = bytes
    while left > 0, fill() {
      left -= buffer.count
      buffer.removeAll(keepingCapacity: true)
    }
  }

  private func headEnd() -> Int? {
    guard buffer.count >= 4 else { return nil }
    return buffer.indices.dropLast(3).first {
      buffer[$0] == 13 && buffer[$0 + 1] == 10 && buffer[$0 + 2] == 13 && buffer[$0 + 3] == 10
    }.map { $0 + 4 }
  }

  private func fill() -> Bool {
    let known = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: 16_384))
    let count = buffer.withUnsafeMutableBytes {
      recv(descriptor, $0.baseAddress.map { $0 + known }, 16_384, 0)
    }
    buffer.removeLast(16_384 - max(0, count))
    return count > 0
  }
}
